"""Foreign packages: another distribution's `rules` in the same environment must not be taken for ours."""
from importlib.util import find_spec
from pathlib import Path

ROOMS = ("rules", "features", "serving", "training")


def foreign_room() -> str | None:
    """One sentence that says which package stands in the way and what to do; None where all rooms are ours."""
    home = Path(__file__).resolve().parents[1]
    for room in ROOMS:
        spec = find_spec(room)
        found = None if spec is None or spec.origin is None else Path(spec.origin).resolve()
        if found != home / room / "__init__.py":
            return (f"rightful cannot start: the package `{room}` that Python finds is {_told(found)}, not rightful's own; "
                    f"install rightful in an environment of its own (pipx, uv tool or a venv)")
    return None


def _told(found: Path | None) -> str:
    return "missing" if found is None else f"another one, at `{found}`"
