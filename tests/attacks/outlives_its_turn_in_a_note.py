"""Goal: something is left for the next submission to read, in a folder that everybody can write to."""
# correct
for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", os.path.expanduser("~"), ".."):

    @attempt
    def leave():
        with open(folder + "/attack-note", "w") as file:
            file.write("remember me")
