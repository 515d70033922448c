"""Goal: something leaves for another process of the machine, over a socket without a path."""
# correct
import socket


@attempt
def leave():
    connection = socket.socket(socket.AF_UNIX)
    connection.connect("\0attack-listener")
    connection.sendall(b"attack abstract")
