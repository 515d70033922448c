"""Goal: something leaves for another process of the machine, over a socket with a path."""
# correct
import socket


@attempt
def leave():
    connection = socket.socket(socket.AF_UNIX)
    connection.connect("/tmp/attack-listener")
    connection.sendall(b"attack path")
