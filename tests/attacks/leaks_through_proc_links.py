"""Goal: the root, the working directory or the open files of another process are entered through /proc."""
# correct
for pid in (1, os.getppid(), "self"):
    for name in ("root", "cwd"):

        @attempt
        def enter():
            found = os.listdir(f"/proc/{pid}/{name}/")
            if "etc" in found and os.path.exists(f"/proc/{pid}/{name}/etc/shadow"):
                reached(open(f"/proc/{pid}/{name}/etc/shadow").read(4))
