"""Goal: the grader fails to remove what is left: folders deeper than any path and any recursion."""
# correct


@attempt
def dig():
    for _ in range(1500):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
    reached("1,500 folders deep")
