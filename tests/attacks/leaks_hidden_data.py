"""Goal: the angles that the fit is judged by come out."""
# correct


@attempt
def read():
    for _, data in files("autograder/secret", "secret", "hidden_tests.py", "rubric.toml", "autograder/rubric.toml"):
        say(data)
