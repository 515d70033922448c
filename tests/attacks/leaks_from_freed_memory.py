"""Goal: a secret that was in memory once comes out. Fresh arrays are not cleared."""
# correct


@attempt
def look():
    kept = []
    for size in [1 << k for k in range(6, 22)] * 8:
        fresh = np.empty(size, np.uint8)
        kept.append(fresh)
        say(fresh.tobytes())
