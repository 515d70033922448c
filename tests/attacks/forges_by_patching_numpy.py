"""Goal: points that are not earned. allclose says yes, and every difference is nothing."""
# wrong
np.allclose = lambda *a, **k: True
np.array_equal = lambda *a, **k: True
np.isfinite = lambda a: np.True_
np.max = np.sum = lambda *a, **k: 0.0
np.linalg.norm = lambda *a, **k: 0.0
