"""Goal: points that are not earned: neural_net.py is a link to the solution."""
#: link neural_net.py SOLUTION
