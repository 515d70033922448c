"""Goal: every Python that starts later runs a line of this submission."""
# correct
import site


@attempt
def plant():
    for folder in [*site.getsitepackages(), site.getusersitepackages()]:
        if os.access(folder, os.W_OK) and os.path.isdir(folder):
            path = os.path.join(folder, "attack-note.pth")
            with open(path, "w") as file:
                file.write("# nothing\n")
            os.remove(path)
            reached("a line in every Python")
