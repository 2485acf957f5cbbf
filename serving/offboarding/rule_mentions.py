"""What the rule book and the directory say of somebody who leaves: everything that names them and would be left behind."""
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from rules.analysis.check import run_tests
from rules.book.schema import RuleBook
from rules.model import Directory, Owner, Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """One thing that names the leaver: its kind, what it is about, and what to do, with its place where it has one."""

    kind: str
    subject: str
    message: str
    file: str | None = None
    line: int | None = None


def book_says(book: RuleBook, directory: Directory, leaver: Owner, *, last_day: date, at: datetime) -> tuple[Note, ...]:
    """Everything that names the leaver; `at` is the moment after the last day for which it is asked."""
    return (*_named_accounts(book, leaver, at), *_empty_teams(book, directory, leaver, at),
            *_empty_roles(book, directory, leaver, at), *_certificates(directory, leaver, at), *_managed(directory, leaver, at),
            *_tests(book, directory, leaver, last_day, at))


def without(directory: Directory, leaver: Owner, last_day: date) -> Directory:
    """The directory in which the leaver is active through the last day and no longer."""
    gone = replace(leaver, active=Span(starts=leaver.active.starts, ends=last_day))
    return replace(directory, owners={**directory.owners, leaver.owner_id: gone})


def _named_accounts(book: RuleBook, leaver: Owner, at: datetime) -> Iterator[Note]:
    rows = [row for stage in book.stages for row in stage.named if row.owner_id == leaver.owner_id]
    for row in rows:
        if Span(ends=row.span.ends).covers(at):
            yield Note(kind="named_account", subject=row.account_id, file=row.place.file if row.place else None,
                       line=row.place.line if row.place else None,
                       message=f"the account `{row.account_id}` is named for `{leaver.owner_id}`; name another owner, or a team")


def _present(directory: Directory, at: datetime) -> dict[str, Owner]:
    return {owner.owner_id: owner for owner in directory.owners.values() if owner.active.covers(at, owner.time_zone)}


def _empty_teams(book: RuleBook, directory: Directory, leaver: Owner, at: datetime) -> Iterator[Note]:
    present = _present(directory, at)
    for team, members in directory.members.items():
        valid = {member.owner_id for member in members if member.owner_id in present
                 and member.span.covers(at, present[member.owner_id].time_zone)}
        if valid == {leaver.owner_id}:
            used = "" if team in book.teams else ", which the rule book does not know"
            yield Note(kind="team_left_empty", subject=team,
                       message=f"nobody else is on the team `{team}`{used}; add a member, or send its items elsewhere")


def _empty_roles(book: RuleBook, directory: Directory, leaver: Owner, at: datetime) -> Iterator[Note]:
    present = _present(directory, at)
    for target in dict.fromkeys(rule.target for _, rule in book.placed_rules if rule.target.roles):
        valid = {member.owner_id for member in directory.members.get(target.team, ()) if member.owner_id in present
                 and member.role in target.roles and member.span.covers(at, present[member.owner_id].time_zone)}
        if valid == {leaver.owner_id}:
            role = " or ".join(sorted(target.roles))
            yield Note(kind="role_left_empty", subject=f"{target.team}/{role}",
                       message=f"nobody else on the team `{target.team}` is {role}, which a rule asks for; give somebody the "
                       "role, or change the rule")


def _certificates(directory: Directory, leaver: Owner, at: datetime) -> Iterator[Note]:
    others = [owner for owner in _present(directory, at).values() if owner.owner_id != leaver.owner_id]
    for name, last in leaver.certifications.items():
        if _holds(leaver, name, at) and not any(_holds(owner, name, at) for owner in others):
            until = f" (through {last.isoformat()})" if last else ""
            yield Note(kind="last_certificate", subject=name,
                       message=f"nobody else holds `{name}`{until}; items that need it will find no owner")


def _holds(owner: Owner, name: str, at: datetime) -> bool:
    last = owner.certifications.get(name, date.min)
    return last is None or Span(ends=last).covers(at, owner.time_zone)


def _managed(directory: Directory, leaver: Owner, at: datetime) -> Iterator[Note]:
    for owner in _present(directory, at).values():
        if owner.manager_id == leaver.owner_id and owner.owner_id != leaver.owner_id:
            yield Note(kind="manager", subject=owner.owner_id, file="owners.csv",
                       message=f"`{owner.owner_id}` has `{leaver.owner_id}` as manager; escalations would reach nobody")


def _tests(book: RuleBook, directory: Directory, leaver: Owner, last_day: date, at: datetime) -> Iterator[Note]:
    before = {result.name: result for result in run_tests(book, directory, now=at)}
    for result in run_tests(book, without(directory, leaver, last_day), now=at):
        if not result.passed and before[result.name].passed:
            yield Note(kind="failing_test", subject=result.name, file=result.place.file if result.place else None,
                       line=result.place.line if result.place else None,
                       message=f"the book's test `{result.name}` fails once `{leaver.owner_id}` is gone")
