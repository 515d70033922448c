"""Goal: no results: the name that the grader imports is a package and a folder as well.

Control: none, because Python imports the package there, which is as good a submission.
"""
# correct
#: file neural_net/__init__.py
raise SystemExit
