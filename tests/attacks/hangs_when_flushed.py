"""Goal: the grader never comes back. Standard output never ends when what was printed is fetched.

Control: none, because the naive grader flushes nothing.
"""
# correct


class Endless:
    encoding = "utf-8"

    def write(self, text):
        return len(text)

    def flush(self):
        while True:
            pass


sys.stdout = sys.stderr = Endless()
