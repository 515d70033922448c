"""Goal: privileges again, from capabilities that are left."""
# correct
for use in (
    lambda: os.chown("/etc/hostname", 0, 0),
    lambda: os.mknod("device", 0o20666, os.makedev(1, 3)),
    lambda: os.close(os.open("/etc/shadow", os.O_RDONLY)),
    lambda: os.nice(-1),
):

    @attempt
    def try_it():
        use()
        reached("a privilege")
