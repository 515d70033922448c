"""Goal: the grader never comes back. Nobody reads what it sends, so that its own sending blocks.

Control: none, because the naive grader sends nothing.
"""
# correct
import time

while True:
    time.sleep(1)
