"""Files that somebody names: read with a refusal that says what is wrong, written whole or not at all."""
import gzip
import zlib
from pathlib import Path

from rules.errors import HistoryError, Problem, Refused

GZIP_MAGIC = b"\x1f\x8b"


def read_text(path: Path) -> str:
    """The text of a file, unpacked where it is gzipped; refused when it is not there, broken, or not UTF-8."""
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if content.startswith(GZIP_MAGIC) else content).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise HistoryError([Problem(message="the file is not UTF-8 text", file=path.name,
                                    given=f"byte 0x{fault.object[fault.start]:02x}", expected="a file saved as UTF-8")]) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise HistoryError([Problem(message="the gzipped file is broken", file=path.name,
                                    expected="a whole file; copy or export it again")]) from None
    except OSError as fault:
        raise Refused(f"`{path}` cannot be read: {(fault.strerror or 'unreadable').lower()}") from None


def write_whole(path: Path, text: str) -> None:
    """Put a file in place at once: nobody ever reads half of it."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="")
    unfinished.replace(path)
