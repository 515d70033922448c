"""The child's side of the boundary: NumPy, the standard library, and nothing that is secret."""
