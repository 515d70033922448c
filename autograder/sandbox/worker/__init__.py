"""The process in which a submission runs.

May import: the standard library, NumPy, and frames, limits and layers of the sandbox.
"""
