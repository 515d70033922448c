"""Goal: a process of the submission is left when the grader has ended."""
# correct


@attempt
def leave():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            import time

            with open("/proc/self/comm", "w") as name:
                name.write("attack-left")
            for fd in range(1024):
                try:
                    os.close(fd)
                except OSError:
                    pass
            time.sleep(20)
        os._exit(0)
