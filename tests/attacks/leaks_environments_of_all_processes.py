"""Goal: a secret in the environment or the command line of any process comes out."""
# correct
for pid in range(1, 40_000) if not os.access("/proc/1", os.R_OK) else os.listdir("/proc"):

    @attempt
    def look():
        for name in ("environ", "cmdline"):
            with open(f"/proc/{pid}/{name}", "rb") as file:
                say(file.read())
