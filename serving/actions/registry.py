"""Every kind of action on a decision, found by being in kinds/, and what is wrong with a command before anything is read."""
import pkgutil
from collections.abc import Mapping
from importlib import import_module

from rules.errors import InputError, Problem
from serving.actions import kinds
from serving.actions.commands import LONGEST_NOTE, ActionCommand
from serving.actions.handlers import ActionKind
from serving.ranking.reasons import require_code

ACTIONS: Mapping[str, ActionKind] = {
    name: import_module(f"{kinds.__name__}.{name}").KIND for _, name, _ in pkgutil.iter_modules(kinds.__path__)}
#: The same by the word under which an action is kept.
BY_DONE: Mapping[str, ActionKind] = {kind.done: kind for kind in ACTIONS.values()}


def check(wish: ActionCommand) -> None:
    """InputError with what is wrong in itself: an unknown code, a note too long, a time that is none."""
    for name, codes in ACTIONS[wish.kind].codes.items():
        require_code(getattr(wish, name), codes, name)
    if wish.note is not None and len(wish.note) > LONGEST_NOTE:
        raise InputError([Problem(message="`note` is too long", column_name="note", given=f"{len(wish.note)} characters",
                                  expected=f"at most {LONGEST_NOTE}")])
    if wish.seconds is not None and not 0 <= wish.seconds <= 86_400:
        raise InputError([Problem(message="`seconds` is no time spent looking", column_name="seconds", given=wish.seconds,
                                  expected="a number from 0 to 86400")])
