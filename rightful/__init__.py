"""Rightful for Python: open a workspace, decide, explain, learn; no server needed.

    import rightful
    with rightful.open("my-company") as company:
        print(company.recommend(lead).owner_id)

Each name loads when it is first used, so that `import rightful` costs nothing.
"""
from importlib import import_module
from typing import TYPE_CHECKING

from rightful.rooms import foreign_room

if TYPE_CHECKING:
    from rightful.books import check_book, load_book
    from rightful.decision_record import DecisionRecord
    from rightful.open_workspace import OpenWorkspace, open
    from rules.errors import BundleError, DirectoryError, InputError, ItemError, Refused, RightfulError, RuleBookError, StoreError

#: Where each public name lives.
_HOMES = {
    "open": "rightful.open_workspace", "OpenWorkspace": "rightful.open_workspace",
    "DecisionRecord": "rightful.decision_record", "load_book": "rightful.books", "check_book": "rightful.books",
    "RightfulError": "rules.errors", "InputError": "rules.errors", "ItemError": "rules.errors",
    "RuleBookError": "rules.errors", "DirectoryError": "rules.errors", "Refused": "rules.errors",
    "BundleError": "rules.errors", "StoreError": "rules.errors",
}
__all__ = ["BundleError", "DecisionRecord", "DirectoryError", "InputError", "ItemError", "OpenWorkspace", "Refused",
           "RightfulError", "RuleBookError", "StoreError", "check_book", "load_book", "open"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module `rightful` has no `{name}`; it has {', '.join(__all__)}")
    if (foreign := foreign_room()) is not None:
        raise ImportError(foreign)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
