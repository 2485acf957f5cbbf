"""Foreign packages: another distribution's `rules` in the same environment must not be taken for ours."""
from importlib.util import find_spec
from pathlib import Path

#: Each room with the words that its first line begins with: a foreign package may be written over ours.
ROOMS = {"rules": "Who MAY own it", "features": "What was KNOWN", "serving": "Who SHOULD own it", "training": "How we LEARN"}


def foreign_room() -> str | None:
    """One sentence that says which package stands in the way and what to do; None where all rooms are ours."""
    home = Path(__file__).resolve().parents[1]
    for room, begins in ROOMS.items():
        spec = find_spec(room)
        found = None if spec is None or spec.origin is None else Path(spec.origin).resolve()
        if found != home / room / "__init__.py" or not found.read_text(encoding="utf-8").startswith(f'"""{begins}'):
            told = "missing" if found is None else f"another one, at `{found}`"
            return (f"rightful cannot start: the package `{room}` that Python finds is {told}, not rightful's own; "
                    f"install rightful in an environment of its own (pipx, uv tool or a venv)")
    return None
