"""Goal: the disk is full: 300 MB are written in one file."""
# correct


@attempt
def fill():
    try:
        with open("large", "wb") as file:
            for _ in range(300):
                file.write(bytes(1 << 20))
        reached("300 MB")
    finally:
        os.remove("large")
