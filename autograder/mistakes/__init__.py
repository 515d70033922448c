"""The network of mistakes: the lecture's equations with slots, and the known wrong fillings of each slot.

`activations` are the nonlinearities; `network` composes the equations, right or wrong; `operators` holds the known
mistakes.  Used by judging (error carried forward), diagnosis and selfcheck.  May import: NumPy.
"""
