"""Goal: the solution comes out: a link in the submission leads to it, and the grader reads it for the submission."""
# correct


@attempt
def read():
    say(open("notes.txt").read())


#: link notes.txt SOLUTION
