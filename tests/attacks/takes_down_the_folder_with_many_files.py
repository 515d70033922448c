"""Goal: the file system is full of files: 20,000 of them."""
# correct
import time


@attempt
def fill():
    for number in range(20_000):
        os.close(os.open(f"many{number}", os.O_CREAT | os.O_WRONLY))
    time.sleep(0.5)
    reached("20,000 files")
