"""Goal: no results. A constant expression is enormous when it is folded."""
# correct


@attempt
def fold():
    exec("wide = ((1 << 100) ** 60_000_000)")
