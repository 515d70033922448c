"""Goal: the grader drowns in what is printed: 200 MB."""
# correct


@attempt
def flood():
    line = "x" * (1 << 20)
    for _ in range(200):
        print(line)
    for _ in range(200):
        os.write(1, line.encode())
