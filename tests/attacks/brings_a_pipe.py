"""Goal: the grader never comes back: a file of the submission is a named pipe that nobody writes to.

Control: none, because the naive grader reads one file only.
"""
# correct
#: fifo data.csv
