"""Goal: the kernel runs a program for the submission: the setting for crashed programs is opened for writing."""
# correct
for name in ("core_pattern", "modprobe", "hotplug"):

    @attempt
    def write():
        os.close(os.open("/proc/sys/kernel/" + name, os.O_WRONLY))
        reached(name)
