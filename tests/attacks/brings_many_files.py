"""Goal: the grader reads for ever: 5,000 files.

Control: none, because the naive grader reads one file only.
"""
# correct
#: many 5000
