"""Goal: the submission's own process is left when the grader has ended: it has closed everything and sleeps."""
# correct


def loss(yhat, y):
    try:
        import ctypes

        ctypes.CDLL(None).prctl(15, b"attack-left", 0, 0, 0)
    finally:
        os.closerange(0, 1024)
    import time

    while True:
        time.sleep(20)
