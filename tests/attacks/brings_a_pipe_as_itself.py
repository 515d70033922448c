"""Goal: the grader never comes back: neural_net.py is a named pipe."""
#: fifo neural_net.py
