"""Goal: more memory than the machine may spare: 1.5 GB are taken."""
# correct


@attempt
def take():
    kept = [np.ones(1 << 20) for _ in range(190)]
    reached(f"{len(kept) * 8} MB")
