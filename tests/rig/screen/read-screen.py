#!/usr/bin/env python3
"""Reads a picture of Lintel's screen by the shapes of a font, and compares it with the serial output.

usage: read-screen.py FONT.psf.gz PICTURE.ppm SERIAL.log passed|failed

The picture must show the verdict's band, green or red, with its word and the counts of the serial
line; above it the end of the serial output, broken into rows of the screen's width, with what went
wrong in red. In text mode FONT is the one of the video BIOS.

Prints TAP; exit status 0: all is as it should be, 1: not.
"""
import gzip
import re
import sys

PLAIN, BLACK = (0xD0, 0xD0, 0xD0), (0, 0, 0)
RED, WHITE = (0xFF, 0x60, 0x60), (0xFF, 0xFF, 0xFF)
BANDS = {"passed": (0x00, 0x7A, 0x2E), "failed": (0xC0, 0x00, 0x00)}
# The same in the palette of text mode.
TEXT_PLAIN, TEXT_RED = (0xAA, 0xAA, 0xAA), (0xFF, 0x55, 0x55)
TEXT_BANDS = {"passed": (0x00, 0xAA, 0x00), "failed": (0xAA, 0x00, 0x00)}
TOLERANCE = 8  # of a mode with 5 bits a color
# Half a cell is 7 or 8 rows; letters of the video BIOS's font for cells of 9 pixels are their own.
BLOCKS = {shape: block for half in (7, 8) for shape, block in (
    (b"\xff" * half + b"\0" * (16 - half), "▀"), (b"\0" * half + b"\xff" * (16 - half), "▄"))}
STRANGE = 0xE000
BAD_LINE = re.compile(r"not ok |# failed|panic: |backtrace:|  0x[0-9a-f]{16} |Bail out! ")


class Unreadable(Exception):
    """The picture is not what it should be."""


def read_ppm(path):
    """Width, height and the pixels in rows."""
    with open(path, "rb") as file:
        data = file.read()
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    if not header:
        raise Unreadable(f"{path} is no PPM picture")
    width, height = int(header[1]), int(header[2])
    body = data[header.end():]
    return width, height, [
        [tuple(body[3 * i:3 * i + 3]) for i in range(y * width, (y + 1) * width)] for y in range(height)
    ]


def read_font(path):
    """{shape: character} by the font's own table of Unicode values; a shape is 16 bytes."""
    with gzip.open(path) as file:
        data = file.read()
    if data[:2] != b"\x36\x04" or data[3] != 16 or not data[2] & 2:
        raise Unreadable(f"{path}: not a PSF font of version 1, 8x16, with a Unicode table")
    count = 512 if data[2] & 1 else 256
    table, glyph, shapes = data[4 + 16 * count:], 0, {}
    for i in range(0, len(table) - 1, 2):
        value = table[i] | table[i + 1] << 8
        if value == 0xFFFF:
            glyph += 1
        elif 32 <= value < 127:
            shapes[bytes(data[4 + 16 * glyph:20 + 16 * glyph])] = chr(value)
    return shapes


def near(one, other):
    """The same color, but for what a mode of 5 bits a color loses."""
    return all(abs(a - b) <= TOLERANCE for a, b in zip(one, other))


class Screen:
    """The cells of a picture: (character, ink, paper) each. ▀▄█ are the blocks."""

    def __init__(self, picture, font, columns, rows, text_mode):
        self.width, self.height, self.pixels = picture
        self.font, self.columns, self.rows = font, columns, rows
        self.zoom = 1 if text_mode else self.width // (8 * columns)
        self.pitch = self.width // columns if text_mode else 8 * self.zoom
        self.strange = {}
        self.papers = [BLACK] + list((TEXT_BANDS if text_mode else BANDS).values())
        self.cells = [[self.cell(x, y) for x in range(columns)] for y in range(rows)]

    def pixel(self, x, y):
        """One pixel of the font; all that it is made of must be alike."""
        square = {self.pixels[y * self.zoom + j][x + i] for i in range(self.zoom) for j in range(self.zoom)}
        if len(square) != 1:
            raise Unreadable(f"pixel {x},{y * self.zoom}: not {self.zoom} times as large")
        return square.pop()

    def cell(self, column, row):
        """What stands in a cell."""
        block = [[self.pixel(column * self.pitch + x * self.zoom, row * 16 + y) for x in range(8)] for y in range(16)]
        colors = {pixel for line in block for pixel in line}
        if len(colors) > 2:
            raise Unreadable(f"cell {column},{row} has {len(colors)} colors")
        papers = [c for c in colors if any(near(c, paper) for paper in self.papers)]
        if not papers:
            return "█", colors.pop(), None
        paper = papers[0]
        inks = [c for c in colors if c != paper]
        if not inks:
            return " ", None, paper
        shape = bytes(sum((line[x] != paper) << (7 - x) for x in range(8)) for line in block)
        return BLOCKS.get(shape) or self.font.get(shape) or self.unknown(shape), inks[0], paper

    def unknown(self, shape):
        """A character that stands for a shape that the font does not have."""
        return self.strange.setdefault(shape, chr(STRANGE + len(self.strange)))

    def text(self, row):
        """A row's characters."""
        return "".join(cell[0] for cell in self.cells[row])


def band_rows(screen, color):
    """The first row of the band and the one after it."""
    rows = [y for y in range(screen.rows) if screen.cells[y][-1][2] and near(screen.cells[y][-1][2], color)]
    if not rows or rows != list(range(rows[0], rows[-1] + 1)):
        raise Unreadable(f"no band of the color {color}")
    return rows[0], rows[-1] + 1


def band_word(screen, first, end):
    """The word in large letters: their pixels are two in a cell, one above the other."""
    bits = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    zoom = (end - first - 3) // 8
    left = (screen.columns - 48 * zoom) // 2
    lines = []
    for y in range(first + 1, first + 1 + 8 * zoom):
        cells = [bits.get(cell[0], (0, 0)) for cell in screen.cells[y]]
        lines += [[c[0] for c in cells], [c[1] for c in cells]]
    word = ""
    for letter in range(6):
        start = left + 8 * zoom * letter
        shape = bytes(sum(lines[y * zoom][start + x * zoom] << (7 - x) for x in range(8)) for y in range(16))
        word += screen.letters.get(shape, "\ufffd")
    return word


def broken(lines, columns):
    """The rows that these lines take, each with the line that it is of."""
    return [(line[i:i + columns], line) for line in lines for i in range(0, max(len(line), 1), columns)]


class Same:
    """Compares texts; a strange shape must stand for one character, and always for that one."""

    def __init__(self):
        self.known = {}

    def __call__(self, found, expected):
        return len(found) == len(expected) and all(map(self.same, found, expected))

    def same(self, found, expected):
        """One character."""
        if ord(found) < STRANGE:
            return found == expected
        if found not in self.known and expected not in self.known.values():
            self.known[found] = expected
        return self.known.get(found) == expected


class Tap:
    """Test points."""

    def __init__(self):
        self.count = self.failed = 0

    def point(self, good, name, *comments):
        """One of them."""
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        for comment in () if good else comments:
            print(f"  # {comment}")


def compare_text(tap, screen, first, lines, colors):
    """The rows above the band are the end of the serial output."""
    plain, red = colors
    expected = broken(lines, screen.columns)[-first:]
    found = [screen.text(y).rstrip() for y in range(first)]
    wrong = [(f, e[0].rstrip()) for f, e in zip(found, expected) if not screen.same(f, e[0].rstrip())]
    tap.point(len(expected) == first and not wrong, f"{first} rows of text are those of the serial line",
              *(f"found    {f!r}\n  # expected {e!r}" for f, e in wrong[:5]))
    odd = [line for y, (_, line) in enumerate(expected)
           if not all(near(ink, red if BAD_LINE.match(line) else plain) for _, ink, _ in screen.cells[y] if ink)]
    count = sum(1 for _, line in expected if BAD_LINE.match(line))
    tap.point(not odd, f"each row has its color, {count} of them red", *odd[:5])


def check(tap, arguments):
    """All of it."""
    font_path, picture_path, log_path, verdict = arguments
    with open(log_path, encoding="ascii", errors="replace") as file:
        lines = file.read().rstrip("\n").split("\n")
    mode = re.search(r"^screen: (VGA text|framebuffer at \S+, (\d+)x(\d+) .*), (\d+)x(\d+) characters$",
                     "\n".join(lines), re.MULTILINE)
    if not mode:
        raise Unreadable("the serial output has no line on the screen")
    picture = read_ppm(picture_path)
    text_mode = mode[2] is None
    tap.point(text_mode or picture[:2] == (int(mode[2]), int(mode[3])), f"the picture has the size of {mode[1]}")
    screen = Screen(picture, read_font(font_path), int(mode[4]), int(mode[5]), text_mode)
    screen.same = Same()
    screen.letters = read_font("/usr/share/consolefonts/Lat15-TerminusBold16.psf.gz")
    try:
        first, end = band_rows(screen, (TEXT_BANDS if text_mode else BANDS)[verdict])
    except Unreadable as error:
        raise Unreadable(f"{error}; the last line is {lines[-1]!r}") from error
    word = band_word(screen, first, end)
    tap.point(word == verdict.upper(), f"the band says {verdict.upper()}, in its color", f"found {word}")
    counts = screen.text(end - 2).strip()
    tap.point(screen.same(counts, lines[-1]), "the band has the verdict of the serial line", f"found {counts!r}")
    compare_text(tap, screen, first, lines, (TEXT_PLAIN, TEXT_RED) if text_mode else (PLAIN, RED))


def main():
    """The whole run."""
    if len(sys.argv) != 5 or sys.argv[4] not in BANDS:
        print(__doc__, file=sys.stderr)
        return 2
    tap = Tap()
    print("TAP version 13")
    try:
        check(tap, sys.argv[1:])
    except (Unreadable, OSError) as error:
        tap.point(False, "the picture can be read", str(error))
    print(f"1..{tap.count}")
    return tap.failed != 0


if __name__ == "__main__":
    sys.exit(main())
