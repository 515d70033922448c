"""The process in which a submission runs.  May import: the standard library, NumPy, sandbox.frames, sandbox.layers."""

from autograder.sandbox.worker.loader import decode as decode
