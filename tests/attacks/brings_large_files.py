"""Goal: the grader runs out of memory: a file of a gigabyte, and one with nothing in it.

Control: none, because the naive grader reads one file only.
"""
# correct
#: large weights.npy 1000
