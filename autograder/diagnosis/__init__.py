"""Explain lost criteria: the smallest set of known mistakes that gives the same numbers, facts, and the messages.

`network` composes the lecture's equations, right or wrong; `operators` holds the known mistakes; `engine` searches
them; `facts` says what is true without a name; `diagnose` reads a record and `messages` writes for students.  Pure:
nothing is asked.  May import: asking, hidden_tests.judging.
"""
