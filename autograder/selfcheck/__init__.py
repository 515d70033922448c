"""The proof that the grader is right: programs whose verdict is known."""
