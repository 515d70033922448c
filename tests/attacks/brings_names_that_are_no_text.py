"""Goal: no results: names that are not UTF-8, hold line ends and terminal escapes, or look like options.

Control: none, because the naive grader reads one file only.
"""
# correct
#: name ff6e652e7079
#: name 6e65750a72616c2e7079
#: name 1b5b324a2e7079
#: name 2d722e7079
#: name 2e2e5c2e2e5c612e7079
