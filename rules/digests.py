"""Digests: SHA-256 as the identity of texts, files and plans (`sha256:...`), and as the letters that ids and lots are made of."""
import hashlib
import json
from collections.abc import Mapping

PREFIX = "sha256:"


def letters(content: str | bytes) -> str:
    """The 64 letters of a content's SHA-256; a text counts as its UTF-8."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def digest_of(content: str | bytes) -> str:
    """The identity of a content, `sha256:...`."""
    return PREFIX + letters(content)


def digest_of_files(files: Mapping[str, str]) -> str:
    """The identity of files: over their names and texts."""
    canonical = json.dumps(sorted(files.items()), ensure_ascii=False, separators=(",", ":"))
    return digest_of(canonical.encode("utf-8", "surrogatepass"))


def without_prefix(name: str) -> str:
    """A digest, or the beginning of one, without `sha256:`."""
    return name.removeprefix(PREFIX)
