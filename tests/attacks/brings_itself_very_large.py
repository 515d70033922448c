"""Goal: no results: neural_net.py has 40 MB.

Control: none, because Python reads it, given the time.
"""
# correct
TEXT = """
#: repeat 40000000 x
"""
