"""The profiles that come with the project: every YAML file of this folder is one, by its name; a new one is one new file."""
from functools import cache
from pathlib import Path

from rules.errors import Refused, nearest_name

GENERIC = "generic"
_FILES = {path.stem.replace("_", "-"): path for path in sorted(Path(__file__).parent.glob("*.yaml"))}
PROFILES = (GENERIC, *(name for name in _FILES if name != GENERIC))
LISTED = f"{', '.join(PROFILES[:-1])} or {PROFILES[-1]}"


@cache
def shipped_text(name: str) -> str:
    """The YAML of a shipped mapping; Refused for an unknown name."""
    if name not in PROFILES:
        near = nearest_name(name, PROFILES)
        raise Refused(f"unknown profile `{name}`; expected one of {', '.join(PROFILES)}"
                      + (f"; did you mean `{near}`?" if near else ""))
    return _FILES[name].read_text(encoding="utf-8")
