#!/usr/bin/env python3
"""Takes a picture of Bochs in text mode through its VNC server (RFB protocol 3.3, RFC 6143).

usage: vnc-picture.py PORT OUT.ppm    the server is on this machine and asks for no password

Bochs sends a byte a pixel, red in bits 7:5, green in 4:2, blue in 1:0, whatever its own description
says: each becomes the nearest of the 16 colors of text mode. Its tool bar and status bar are cut off.
"""
import socket
import struct
import sys

WIDTH, HEIGHT, TOOL_BAR = 720, 400, 32

# Red, green, blue of the 16 colors; brown is no dark yellow.
PALETTE = [tuple((0xAA if i & bit else 0) + (0x55 if i & 8 else 0) for bit in (4, 2, 1)) for i in range(16)]
PALETTE[6] = (0xAA, 0x55, 0x00)


def nearest(byte):
    """The color of text mode that a byte stands for."""
    color = (byte >> 5) * 255 // 7, (byte >> 2 & 7) * 255 // 7, (byte & 3) * 255 // 3
    return bytes(min(PALETTE, key=lambda known: sum((a - b) ** 2 for a, b in zip(color, known))))


class Server:
    """A connection, after the greeting."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.read(12)
        self.socket.sendall(b"RFB 003.003\n")
        if struct.unpack(">I", self.read(4))[0] != 1:
            raise OSError("the VNC server wants a password")
        self.socket.sendall(b"\x01")
        self.width, self.height = struct.unpack(">HH", self.read(4))
        if self.read(16)[0] != 8:
            raise OSError("the VNC server does not send bytes, as Bochs does")
        self.read(struct.unpack(">I", self.read(4))[0])

    def read(self, count):
        """Exactly so many bytes."""
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise OSError("the VNC server went away")
            data += piece
        return data

    def rectangle(self, picture):
        """One rectangle of an update, raw; how many pixels it has."""
        left, top, width, height, encoding = struct.unpack(">HHHHi", self.read(12))
        if encoding:
            raise OSError(f"the VNC server sends encoding {encoding}")
        data = self.read(width * height)
        for y in range(height):
            at = (top + y) * self.width + left
            picture[at:at + width] = data[y * width:(y + 1) * width]
        return width * height

    def picture(self):
        """All bytes of Bochs's window."""
        picture = bytearray(self.width * self.height)
        self.socket.sendall(struct.pack(">BxHi", 2, 1, 0))
        self.socket.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width, self.height))
        missing = self.width * self.height
        while missing > 0:
            kind = self.read(1)[0]
            if kind != 0:
                raise OSError(f"the VNC server sends message {kind}")
            for _ in range(struct.unpack(">xH", self.read(3))[0]):
                missing -= self.rectangle(picture)
        return picture


def main():
    """The whole run."""
    server = Server(int(sys.argv[1]))
    start = TOOL_BAR * server.width
    picture = server.picture()[start:start + WIDTH * HEIGHT]
    if server.width != WIDTH or len(picture) != WIDTH * HEIGHT:
        raise OSError(f"Bochs is not in text mode: its window is {server.width}x{server.height}")
    colors = [nearest(byte) for byte in range(256)]
    with open(sys.argv[2], "wb") as file:
        file.write(b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + b"".join(colors[byte] for byte in picture))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        main()
    except OSError as error:
        print(f"vnc-picture.py: {error}", file=sys.stderr)
        sys.exit(1)
