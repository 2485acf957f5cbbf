"""Files that somebody names: read with a refusal that says what is wrong, written whole or not at all."""
import gzip
import io
import zlib
from pathlib import Path

from rules.errors import HistoryError, Problem, Refused

GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"
#: How many bytes a packed file or snapshot may unpack to: a few bytes can be made to hold more than a machine has.
MOST_UNPACKED = 512 * 2**20


def read_text(path: Path, *, encoding: str | None = None) -> str:
    """The text of a file, unpacked where it is gzipped; refused when it is not there, broken, too large, or in another writing.

    UTF-8 and UTF-16 are told by the file itself; `encoding` names what a file that is neither is written in.
    """
    try:
        content = path.read_bytes()
        return _decoded(_unpacked(content, path.name) if content.startswith(GZIP_MAGIC) else content, path.name, encoding)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise HistoryError([Problem(message="the gzipped file is broken", file=path.name,
                                    expected="a whole file; copy or export it again")]) from None
    except OSError as fault:
        raise Refused(f"`{path}` cannot be read: {(fault.strerror or 'unreadable').lower()}") from None


def _unpacked(content: bytes, file: str) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        found = packed.read(MOST_UNPACKED + 1)
    if len(found) > MOST_UNPACKED:
        raise HistoryError([Problem(message=f"the gzipped file unpacks to more than {MOST_UNPACKED:,} bytes", file=file,
                                    given=f"{len(content):,} bytes packed", expected="less; if it is what you mean, unpack it "
                                                                                     "yourself and name the unpacked file")])
    return found


def _decoded(content: bytes, file: str, encoding: str | None) -> str:
    if content.startswith(ZIP_MAGIC):
        raise HistoryError([Problem(message="the file is a workbook or a zip archive, no table of text", file=file,
                                    expected="CSV: save the sheet as `CSV UTF-8`, or unpack the archive first")])
    utf16 = _utf16_of(content)
    writings = (utf16,) if utf16 else ("utf-8-sig", encoding) if encoding else ("utf-8-sig",)
    for writing in writings:
        try:
            return content.decode(writing)
        except UnicodeDecodeError as fault:
            given = f"byte 0x{fault.object[fault.start]:02x}"
    written = writings[-1].removesuffix("-sig").upper()
    raise HistoryError([Problem(message=f"the file is not {written} text", file=file, given=given,
                                expected="a file saved as UTF-8, or `encoding: windows-1252` (or another) in the mapping")])


def _utf16_of(content: bytes) -> str | None:
    """UTF-16 by its mark, or without one by the zero in every other byte of plain letters."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = content[:400]
    if len(head) >= 4 and len(head) % 2 == 0:
        for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
            if zeros.count(0) > 0.8 * len(zeros):
                return name
    return None


def write_whole(path: Path, text: str) -> None:
    """Put a file in place at once: nobody ever reads half of it."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="")
    unfinished.replace(path)
