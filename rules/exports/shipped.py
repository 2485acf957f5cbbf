"""The mappings that come with the project, each a YAML file to copy: one per system and way of exporting."""
from functools import cache
from pathlib import Path

from rules.errors import Refused, nearest_name
from rules.exports.mapping import ColumnMapping
from rules.exports.mapping_file import read_mapping_file

GENERIC, SERVICENOW = "generic", "servicenow"
PROFILES = (GENERIC, SERVICENOW, "salesforce", "salesforce-report", "hubspot")
_FOLDER = Path(__file__).parent


@cache
def shipped_text(name: str) -> str:
    """The YAML of a shipped mapping; Refused for an unknown name."""
    if name not in PROFILES:
        near = nearest_name(name, PROFILES)
        raise Refused(f"unknown profile `{name}`; expected one of {', '.join(PROFILES)}"
                      + (f"; did you mean `{near}`?" if near else ""))
    return (_FOLDER / f"{name.replace('-', '_')}.yaml").read_text(encoding="utf-8")


@cache
def shipped(name: str) -> ColumnMapping:
    """A shipped mapping, read."""
    return read_mapping_file(shipped_text(name), file=f"{name}.yaml", shipped=shipped, names=PROFILES)
