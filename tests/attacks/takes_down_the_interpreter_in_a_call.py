"""Goal: no results. The interpreter crashes in loss."""
# correct
import ctypes


def loss(yhat, y):
    ctypes.string_at(0)
