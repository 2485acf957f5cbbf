"""The directory's files with what a file says of owners or accounts merged in: who is added, changed cell by cell, ended.

People, memberships and accounts that the file does not name stay. With `replace` they end: people and memberships on a
moment, for history names them still; accounts go, but for the parents of those that stay.
"""
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from rules.directory.columns import RowReader
from rules.directory.files import MEMBERSHIP_COLUMNS
from rules.directory.merge import CellChange, MergedTable, edit_rows, merge_rows
from rules.errors import Problem
from rules.model import Account, Directory, Owner, Span
from rules.refdata.times import format_instant, unplanned
from rules.tabular import Row, read_table

OWNERS, MEMBERSHIPS, ACCOUNTS = "owners.csv", "memberships.csv", "accounts.csv"


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What a file says of `owners` or `accounts`, under our column names.

    `memberships`: owner, team and role; `superiors`: other owners that it names, with their kind.
    """

    what: str
    columns: tuple[str, ...]
    rows: Sequence[Row]
    memberships: Sequence[tuple[str, str, str]] = ()
    superiors: Sequence[tuple[str, str]] = ()

    @property
    def key(self) -> str:
        """The column of the id."""
        return "owner_id" if self.what == "owners" else "account_id"

    @cached_property
    def ids(self) -> frozenset[str]:
        """Everyone, or every account, that the file has a row for."""
        return frozenset(row.cells[self.key] for row in self.rows if self.key in row.cells)


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryUpdate:
    """What becomes of the files; `stay`: how many the file does not name and that stay, `joined` and `left`: owner and team."""

    tables: Mapping[str, MergedTable]
    added: tuple[str, ...] = ()
    changed: tuple[CellChange, ...] = ()
    ended: tuple[str, ...] = ()
    stay: int = 0
    joined: tuple[tuple[str, str], ...] = ()
    left: tuple[tuple[str, str], ...] = ()

    @property
    def texts(self) -> dict[str, str]:
        """The files that are written."""
        return {name: table.text for name, table in self.tables.items()}


def update_of(files: Mapping[str, str], before: Directory | None, incoming: Incoming, *, replace: bool,
              at: datetime) -> DirectoryUpdate:
    """What a file makes of the directory's files; `before` is what they hold, None where there are none yet."""
    if incoming.what == "accounts":
        return _accounts(files.get(ACCOUNTS, ""), before.accounts if before else {}, incoming, replace)
    owners = before.owners if before else {}
    rows = [*incoming.rows, *(Row(line=0, cells={"owner_id": owner, "name": owner, "kind": kind})
                              for owner, kind in dict(incoming.superiors).items()
                              if owner not in owners and owner not in incoming.ids)]
    ended = _ended(owners, incoming, at) if replace else []
    table = merge_rows(files.get(OWNERS, ""), [*rows, *ended], key="owner_id", columns=incoming.columns)
    tables = {OWNERS: table}
    gone = {row.cells["owner_id"] for row in ended}
    joined: list[tuple[str, str]] = []
    left: list[tuple[str, str]] = []
    if incoming.memberships:
        tables[MEMBERSHIPS], joined, left = _memberships(files.get(MEMBERSHIPS, ""), owners, incoming, replace, at)
    return DirectoryUpdate(
        tables=tables, added=table.added, changed=tuple(one for one in table.changed if one.row_id not in gone),
        ended=tuple(sorted(gone)), stay=len(owners.keys() - incoming.ids - gone), joined=tuple(joined), left=tuple(left))


def _accounts(text: str, held: Mapping[str, Account], incoming: Incoming, replace: bool) -> DirectoryUpdate:
    gone = held.keys() - _with_parents(incoming, held) if replace else frozenset()
    table = merge_rows(text, incoming.rows, key="account_id", columns=incoming.columns, drop=gone)
    return DirectoryUpdate(tables={ACCOUNTS: table}, added=table.added, changed=table.changed, ended=tuple(sorted(gone)),
                           stay=len(held.keys() - incoming.ids - gone))


def _with_parents(incoming: Incoming, held: Mapping[str, Account]) -> set[str]:
    """The accounts of a file and every account above one of them."""
    said = {row.cells[incoming.key]: row.cells["parent_id"] for row in incoming.rows
            if incoming.key in row.cells and "parent_id" in row.cells}
    kept: set[str] = set()
    waiting = list(incoming.ids)
    while waiting:
        account = waiting.pop()
        if account not in kept:
            kept.add(account)
            parent = said.get(account) or (held[account].parent_id if account in held else None)
            waiting += [parent] if parent else []
    return kept


def _ended(owners: Mapping[str, Owner], incoming: Incoming, at: datetime) -> list[Row]:
    """Those of the kinds that a file holds whom it does not name and who have not ended yet, ended on a moment."""
    kinds = {row.cells.get("kind") or (owners[row.cells["owner_id"]].kind if row.cells.get("owner_id") in owners else None)
             for row in incoming.rows}
    named = incoming.ids | dict(incoming.superiors).keys()
    return [Row(line=0, cells={"owner_id": owner.owner_id, **_end("active_from", "active_to", owner.active, owner.time_zone, at)})
            for owner in owners.values() if owner.kind in kinds and owner.owner_id not in named
            and not _over(owner.active, owner.time_zone, at)]


def _memberships(text: str, owners: Mapping[str, Owner], incoming: Incoming, replace: bool,
                 at: datetime) -> tuple[MergedTable, list[tuple[str, str]], list[tuple[str, str]]]:
    """Memberships with those that the file says and nobody holds yet; which are new, and which end."""
    zones = {owner.owner_id: owner.time_zone for owner in owners.values()}
    current: dict[tuple[str, str], set[str]] = {}
    for row in read_table(text, file=MEMBERSHIPS).rows:
        owner, team = row.cells.get("owner_id", ""), row.cells.get("team", "")
        if not _over(_span(row), zones.get(owner, "UTC"), at):
            current.setdefault((owner, team), set()).add(row.cells.get("role", ""))
    named = {(owner, team) for owner, team, _role in incoming.memberships}
    new = [(owner, team, role) for owner, team, role in incoming.memberships
           if (owner, team) not in current or role != "member" and role not in current[owner, team]]
    leaves = {pair for pair in current if pair[0] in incoming.ids and pair not in named} if replace else set()

    def edit(cells: Mapping[str, str]) -> Row | None:
        span, zone = _span(Row(line=0, cells={name: cell for name, cell in cells.items() if cell})), zones.get(
            cells.get("owner_id", ""), "UTC")
        if (cells.get("owner_id"), cells.get("team")) not in leaves or _over(span, zone, at):
            return None
        return Row(line=0, cells=_end("from", "to", span, zone, at))

    lines = {row.cells[incoming.key]: row.line for row in incoming.rows if incoming.key in row.cells}
    rows = [Row(line=lines.get(owner, 0), cells={"owner_id": owner, "team": team, "role": role}) for owner, team, role in new]
    return (edit_rows(text, edit, key="owner_id", added=rows, columns=MEMBERSHIP_COLUMNS),
            [(owner, team) for owner, team, _role in new], sorted(leaves))


def unplanned_rows(rows: Sequence[Row], *, file: str, now: datetime) -> list[Problem]:
    """Rows of owners whose first and last day cannot be: a cell that lost its meaning would send nothing to them, unseen."""
    found = []
    for row in rows:
        span = RowReader(file, row, []).span("active_from", "active_to")
        if (wrong := unplanned(span.starts, span.ends, now=now)) is not None:
            found.append(Problem(message=f"the owner's time here {wrong}", file=file, line=row.line, column_name="active_to"
                                 if wrong.startswith("ended") else "active_from", given=" to ".join(
                                     row.cells.get(name, "") for name in ("active_from", "active_to")),
                                 expected="days that can be, or no day"))
    return found


def _span(row: Row) -> Span:
    return RowReader(MEMBERSHIPS, row, []).span("from", "to")


def _over(span: Span, zone: str, at: datetime) -> bool:
    """Whether a stretch has ended; one that is still to come has not."""
    return span.ends is not None and not Span(ends=span.ends).covers(at, zone)


def _end(first: str, last: str, span: Span, zone: str, at: datetime) -> dict[str, str]:
    """The cells of a stretch that ends at a moment; one that was still to come never begins."""
    ended = {last: format_instant(at, "seconds")}
    return ended if Span(starts=span.starts).covers(at, zone) else {first: "", **ended}


def gone_parents(rows: Sequence[Row], known: Collection[str], gone: Collection[str]) -> tuple[list[Row], list[int]]:
    """Rows of accounts whose parent was left out of the file, without it, and their lines: a child stays."""
    lines = [row.line for row in rows if (parent := row.cells.get("parent_id")) in gone and parent not in known]
    without = set(lines)
    return [Row(line=row.line, cells={name: cell for name, cell in row.cells.items() if name != "parent_id"})
            if row.line in without else row for row in rows], lines
