"""The environment that the grader and its workers run in, and nothing else of the caller's."""

# One BLAS thread is as quick at these sizes and halves the cost of importing NumPy.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "PYTHONUTF8": "1",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
}
# What a terminal needs, and where matplotlib may keep its cache.
KEPT = frozenset(
    ["TERM", "COLUMNS", "NO_COLOR", "HOME", "MPLCONFIGDIR", "PYTHONDONTWRITEBYTECODE"]
)
