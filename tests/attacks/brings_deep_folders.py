"""Goal: no results: folders deeper than any path.

Control: none, because the naive grader reads one file only.
"""
# correct
#: deep 400
