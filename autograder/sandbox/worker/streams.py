"""What a submission prints: real text streams over one file in memory, of which only the beginning is kept."""

from __future__ import annotations

import io
import os
import sys

MAX_PRINTS = 3900  # characters; with the words about the rest no more than a frame takes of a text
MAX_BYTES = 4 * MAX_PRINTS
STDIN, STDOUT, STDERR = 0, 1, 2


class _Output(io.RawIOBase):
    """Writes the first MAX_BYTES to standard output's descriptor and counts the rest.  It can't be closed."""

    def __init__(self) -> None:
        self.room = MAX_BYTES
        self.dropped = 0

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return STDOUT

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        """Stay open: a program may wrap the stream in another and throw that away."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        kept = bytes(data[: self.room])
        self.room -= len(kept)
        self.dropped += len(data) - len(kept)
        try:
            os.write(STDOUT, kept)
        except OSError:  # a program that closed the descriptor, or filled the file by other means
            self.dropped += len(kept)
        return len(data)


class Streams:
    """Standard input, output and error of a worker."""

    def __init__(self) -> None:
        self._output = _Output()
        buffer = io.BufferedWriter(self._output)  # type: ignore[type-var]
        # Both write through to one buffer, so that what is printed stays in its order.
        self._texts = [
            io.TextIOWrapper(buffer, "utf-8", "backslashreplace", write_through=True) for _ in "oe"
        ]
        self._buffer = buffer
        sys.stdout = sys.__stdout__ = self._texts[0]  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = self._texts[1]  # type: ignore[misc]
        sys.stdin = sys.__stdin__ = open(STDIN, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115

    def take(self) -> str:
        """What was printed since the last time, in at most MAX_PRINTS characters and a note about the rest."""
        for stream in (sys.stdout, sys.stderr, self._buffer):
            try:
                stream.flush()
            except BaseException:  # a stream of the submission's own may do anything
                continue
        try:
            size = os.lseek(STDOUT, 0, os.SEEK_CUR)
            if size == 0 and not self._output.dropped:
                return ""
            data = os.pread(STDOUT, MAX_BYTES, 0)
            os.ftruncate(STDOUT, 0)
            os.lseek(STDOUT, 0, os.SEEK_SET)
        except OSError:
            return ""
        text = data.decode("utf-8", "replace").replace("\r\n", "\n")
        dropped = max(len(text) - MAX_PRINTS, 0) + max(size - len(data), 0) + self._output.dropped
        self._output.room, self._output.dropped = MAX_BYTES, 0
        return text[:MAX_PRINTS] + (f"\n… and {dropped} characters more" if dropped else "")
