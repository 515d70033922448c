"""Goal: a fresh program without what was loaded before, and perhaps without its layers."""
# correct


@attempt
def run():
    read, write = os.pipe()
    os.set_inheritable(write, True)
    for python in (sys.executable, "/usr/bin/python3", "/bin/sh"):
        if os.fork() == 0:
            os.dup2(write, 1)
            os.execv(python, [python, "-c", "print('x')" if "python" in python else "echo x"])
        os.wait()
    os.close(write)
    if os.read(read, 10):
        reached("a new program")
