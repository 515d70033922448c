"""Explain lost criteria: the smallest set of known mistakes that gives the same numbers, facts, and the messages.

`engine` searches the network of mistakes; `facts` says what is true without a name; `diagnose` reads a record and
`messages` writes for students.  Pure: nothing is asked.  May import: asking, hidden_tests.judging, mistakes.
"""
