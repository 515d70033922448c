"""Goal: the grader imports the submission's own autograder, hidden tests and solution."""
# wrong
#: file autograder/__init__.py
#: file autograder/grade.py
#: file autograder/sandbox/__init__.py
#: file autograder/sandbox/layers.py
def lock(*a): return []
#: file hidden_tests.py
import numpy
def inputs(np):
    return np.zeros((1, 1)), np.zeros((1, 1)), {}
#: file solution.py
from neural_net import *
#: file gradescope_utils/__init__.py
