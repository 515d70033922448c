"""Goal: something leaves the machine, over TCP."""
# correct
import socket


@attempt
def leave():
    with socket.create_connection(("127.0.0.1", 47811), 1) as connection:
        connection.sendall(b"attack tcp")
