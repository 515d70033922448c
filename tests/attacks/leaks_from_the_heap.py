"""Goal: a secret anywhere in the process's memory comes out, read through /proc/self/mem."""
# correct


@attempt
def look():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            low, high = (int(word, 16) for word in line.split()[0].split("-"))
            if "rw" in line and high - low < 1 << 26:
                memory.seek(low)
                say(memory.read(high - low))
