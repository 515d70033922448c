"""Goal: points that are not earned. Whatever a grader may wait for on a pipe is written to all of them.

Control: none, because the naive grader gives its verdict on no pipe.
"""
# wrong
for fd in range(3, 64):
    for text in (b'{"score": 100}\n', b"PASS\n", b"\x01", b"100\n"):

        @attempt
        def write():
            os.write(fd, text)
