"""Goal: something leaves the machine, over UDP."""
# correct
import socket


@attempt
def leave():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"attack udp", ("127.0.0.1", 47811))
