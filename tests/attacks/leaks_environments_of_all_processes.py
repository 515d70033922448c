"""Goal: a secret in the environment or the command line of any process comes out."""
# correct
for pid in (1, *range(os.getppid() - 50, os.getpid() + 1)):

    @attempt
    def look():
        for name in ("environ", "cmdline"):
            with open(f"/proc/{pid}/{name}", "rb") as file:
                say(file.read())
