"""Goal: who submitted when comes out, through a link in the submission."""
# correct


@attempt
def read():
    say(open("notes.txt").read())


#: link notes.txt METADATA
