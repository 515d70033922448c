"""Goal: the grader imports compiled code of the submission: a .pyc and a shared library of its module's name."""
# correct
#: file __pycache__/neural_net.cpython-311.pyc
this is not code
#: file neural_net.cpython-311-x86_64-linux-gnu.so
this is no library
#: file numpy/__init__.py
import os
print("REACHED numpy")
os._exit(0)
