"""Goal: the whole file system again, through /proc/1/root and through the parent's."""
# correct
for pid in (1, os.getppid()):

    @attempt
    def enter():
        with open(f"/proc/{pid}/root/etc/passwd") as file:
            reached(file.read(10))
