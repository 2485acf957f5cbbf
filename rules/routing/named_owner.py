"""The else of a person: whom a named owner's items go to when the owner has left, is away, is full or may not have them.

Their team first (a membership that is valid at the moment), then their manager, then the next stage of the book.
"""
from collections.abc import Sequence
from itertools import chain

from rules.book.schema import RuleBook
from rules.model import Directory, Moment, Owner
from rules.routing_result import Exclusion


def teams_of(owner: Owner | None, book: RuleBook, directory: Directory, at: Moment) -> tuple[str, ...]:
    """The teams of people that an owner is in at the moment, in the book's order."""
    if owner is None:
        return ()
    return tuple(team.id for team in book.teams.values() if team.kind != "queue" and any(
        row.owner_id == owner.owner_id and row.span.covers(at.at, owner.time_zone)
        for row in directory.members.get(team.id, ())))


def manager_of(owner: Owner | None, directory: Directory) -> Owner | None:
    """The manager of an owner, where they have one on record."""
    return directory.owners.get(owner.manager_id) if owner is not None and owner.manager_id else None


def home_of(owner: Owner | None, book: RuleBook, directory: Directory, at: Moment) -> str | None:
    """The team in which what is the owner's waits: their own, else their manager's; None where neither is in any."""
    teams = (teams_of(one, book, directory, at) for one in (owner, manager_of(owner, directory)))
    return next(chain.from_iterable(teams), None)


def why_passed_on(owner_id: str | None, excluded: Sequence[Exclusion], to: str) -> str:
    """In words why the named owner does not get the item, and where it goes instead."""
    why = "; ".join(out.reason for out in excluded if owner_id in out.owners) or "is not in the directory"
    return f"{owner_id} is named for this account and cannot take it ({why}): it goes to {to}"
