"""Goal: root again, by asking for it in every way."""
# correct
for ask in (
    lambda: os.setuid(0),
    lambda: os.seteuid(0),
    lambda: os.setreuid(0, 0),
    lambda: os.setresuid(0, 0, 0),
    lambda: os.setgid(0),
    lambda: os.setgroups([0]),
):

    @attempt
    def become():
        ask()
        reached("root")
