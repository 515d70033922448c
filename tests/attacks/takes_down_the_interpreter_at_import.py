"""Goal: no results. The interpreter crashes while it loads the submission."""
# correct
import ctypes

ctypes.string_at(0)
