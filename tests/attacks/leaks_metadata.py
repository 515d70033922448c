"""Goal: who submitted when comes out, from submission_metadata.json."""
# correct


@attempt
def read():
    for _, data in files("submission_metadata.json"):
        say(data)
