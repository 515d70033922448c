"""Goal: code of the submission runs in the next Python that starts in its folder.

Control: none, because the naive grader starts no Python there.
"""
# correct
#: file sitecustomize.py
print("REACHED sitecustomize")
#: file usercustomize.py
print("REACHED usercustomize")
#: file attack.pth
import os; print("REACHED pth")
