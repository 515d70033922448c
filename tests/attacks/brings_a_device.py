"""Goal: the grader never comes back: a file of the submission never ends.

Control: none, because the naive grader reads one file only.
"""
# correct
#: device zero.csv
