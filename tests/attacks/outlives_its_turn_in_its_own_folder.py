"""Goal: what a submission writes to its own folder is there when the next one comes."""
# correct


@attempt
def leave():
    with open("../attack-note", "w") as file:
        file.write("x")


@attempt
def find():
    if os.path.exists("mine"):
        reached("my folder is another one's")
    with open("mine", "w") as file:
        file.write("x")
