"""The directory: owners, memberships, absences and accounts read from CSV files into one dated snapshot.

Every fault is reported at once with file, line, column name, what was given and what was expected. A cycle among
account parents is no fault here: `rules check` names every account of it.
"""
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rules.digests import digest_of_files
from rules.directory.closing_days import CLOSING_DAY_COLUMNS, read_closing_day, with_closing_days
from rules.directory.columns import RowReader
from rules.directory.owner_rows import COLUMNS, OWNER_COLUMNS, read_owner
from rules.errors import DirectoryError, Problem, nearest_name
from rules.model import EMPTY, Absence, Account, Directory, Membership, Owner
from rules.refdata.contacts import domains_in, web_host
from rules.refdata.countries import country_of
from rules.refdata.record_ids import record_key
from rules.spoilt_ids import doubts_of_table
from rules.tabular import SHORT_ROW, Table, read_table

DIRECTORY_FILES = ("owners.csv", "memberships.csv", "absences.csv", "accounts.csv", "shared_hosts.csv", "closing_days.csv")
MEMBERSHIP_COLUMNS = ("owner_id", "team", "role", "from", "to")
ABSENCE_COLUMNS = ("owner_id", "from", "to", "reason")
SHARED_HOST_COLUMNS = ("host", "note")
#: Past this many problems no near name is looked for: each costs a pass over all names.
SUGGESTIONS = 20
#: The files whose rows are known by an id of their own.
_KEYS = {"owners.csv": "owner_id", "accounts.csv": "account_id"}
ACCOUNT_COLUMNS = ("account_id", "name", "domain", "parent_id", "country", "city", "tier")


def read_directory_files(folder: Path) -> dict[str, str]:
    """The text of the directory files in a folder, by name; owners.csv must be there, the others may be absent."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for name in DIRECTORY_FILES:
        path = Path(folder) / name
        if not path.exists() and name != "owners.csv":
            continue
        try:
            texts[name] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as fault:
            line = fault.object[:fault.start].count(b"\n") + 1
            problems.append(Problem(message="the file is not UTF-8 text", file=name, line=line,
                                    given=f"byte 0x{fault.object[fault.start]:02x}", expected="a file saved as UTF-8"))
        except OSError as fault:
            problems.append(Problem(message=f"the file cannot be read: {(fault.strerror or 'unreadable').lower()}",
                                    file=name, expected="a readable table of owners and their teams"))
    if problems:
        raise DirectoryError(problems)
    return texts


T = TypeVar("T")


def load_directory(files: Mapping[str, str]) -> Directory:
    """The directory of file texts by name; DirectoryError with every problem found."""
    problems: list[Problem] = []
    doubts: list[Problem] = []
    owner_table = _table(files, "owners.csv", problems, doubts, required=("owner_id", "kind"))
    further = tuple(name for name in owner_table.columns if name not in COLUMNS or COLUMNS[name].further)
    problems.extend(near_misses(owner_table))
    owners = _read_owners(owner_table, further, problems) if owner_table.columns else {}
    broken = len(problems)
    members = _by_key(files, "memberships.csv", MEMBERSHIP_COLUMNS, ("owner_id", "team"), problems, doubts,
                      lambda row: _membership(row, owners, known_owners=not broken), lambda member: member.team)
    absences = _by_key(files, "absences.csv", ABSENCE_COLUMNS, ("owner_id",), problems, doubts,
                       lambda row: _absence(row, owners, known_owners=not broken), lambda absence: absence.owner_id)
    closing = _by_key(files, "closing_days.csv", CLOSING_DAY_COLUMNS, ("date",), problems, doubts,
                      lambda row: read_closing_day(row, owners, members, known_owners=not broken), lambda own: own.owner_id)
    owners = with_closing_days(owners, members, [day for days in closing.values() for day in days])
    accounts = _read_accounts(files, problems, doubts)
    shared_hosts = _by_key(files, "shared_hosts.csv", SHARED_HOST_COLUMNS, ("host",), problems, doubts,
                           _shared_host, lambda host: host)
    if problems:
        bad = {(one.file, one.line) for one in problems}
        raise DirectoryError([*problems, *(one for one in doubts if one.message == SHORT_ROW and (one.file, one.line) in bad)])
    return Directory(owners=owners, members=members, absences=absences, accounts=accounts, owner_columns=further,
                     shared_hosts=frozenset(shared_hosts), digest=digest_of_files(files), doubts=tuple(doubts))


def near_misses(table: Table) -> list[Problem]:
    """A further column spelt almost like a known one is taken for a slip: `max_opne` would silently limit nobody."""
    absent = [name for name in OWNER_COLUMNS if name not in table.columns]
    slips = []
    for name in table.columns:
        plain = name.casefold().replace(" ", "_").replace("-", "_")
        meant = next((known for known in absent if plain == known or sorted(plain) == sorted(known)), None)
        if meant and name not in OWNER_COLUMNS:
            slips.append(Problem(message="unknown column", file=table.file, line=1, column_name=name, given=name,
                                 expected=f"`{meant}`, or a name that is not close to it", nearest=meant))
    return slips


def _read_owners(table: Table, further: tuple[str, ...], problems: list[Problem]) -> dict[str, Owner]:
    owners: dict[str, Owner] = {}
    for table_row in table.rows:
        row = RowReader(table.file, table_row, problems)
        owner = read_owner(row, further)
        if owner is not None and owner.owner_id in owners:
            row.fault("owner_id", "the owner stands twice", given=owner.owner_id, expected="each owner once")
        elif owner is not None:
            owners[owner.owner_id] = owner
    return owners


def _table(files: Mapping[str, str], name: str, problems: list[Problem], doubts: list[Problem], *, required: tuple[str, ...],
           known: tuple[str, ...] | None = None) -> Table:
    """One of the files read; what is wrong with its shape, and what is to be doubted, are added to those of the others."""
    table = read_table(files.get(name, ""), file=name, required=required, known=known)
    problems.extend(table.problems)
    doubts.extend((*table.short_rows, *table.unwrapped,
                   *doubts_of_table(table.rows, files.get(name, ""), _KEYS.get(name, ""), file=name)))
    return table


def _by_key(files: Mapping[str, str], name: str, columns: tuple[str, ...], required: tuple[str, ...],
            problems: list[Problem], doubts: list[Problem], read: Callable[[RowReader], T | None],
            key: Callable[[T], str]) -> dict[str, tuple[T, ...]]:
    """The values read from an optional table, in file order, grouped by a key."""
    if name not in files:
        return {}
    table = _table(files, name, problems, doubts, required=required, known=columns)
    grouped: dict[str, list[T]] = {}
    for table_row in table.rows:
        value = read(RowReader(name, table_row, problems))
        if value is not None:
            grouped.setdefault(key(value), []).append(value)
    return {group: tuple(values) for group, values in grouped.items()}


def _known_owner(row: RowReader, owners: Mapping[str, Owner], *, known_owners: bool) -> str | None:
    owner_id = row.required("owner_id")
    if owner_id is not None and owner_id not in owners and known_owners:
        row.fault("owner_id", "unknown owner", given=owner_id, expected="an owner_id of owners.csv",
                  nearest=nearest_name(owner_id, owners) if len(row.problems) < SUGGESTIONS else None)
        return None
    return owner_id


def _membership(row: RowReader, owners: Mapping[str, Owner], *, known_owners: bool) -> Membership | None:
    owner_id, team = _known_owner(row, owners, known_owners=known_owners), row.required("team")
    span = row.span("from", "to")
    if owner_id is None or team is None:
        return None
    return Membership(owner_id=owner_id, team=team, role=row.text("role"), span=span, line=row.row.line)


def _absence(row: RowReader, owners: Mapping[str, Owner], *, known_owners: bool) -> Absence | None:
    owner_id = _known_owner(row, owners, known_owners=known_owners)
    span = row.span("from", "to")
    if not row.text("from") and not row.text("to"):
        row.fault("from", "the absence has no days", expected="a first day, a last day, or both")
    if owner_id is None:
        return None
    return Absence(owner_id=owner_id, span=span, reason=row.text("reason"))


def _shared_host(row: RowReader) -> str | None:
    given = row.required("host")
    host = None if given is None else web_host(given)
    if given is not None and host is None:
        row.fault("host", "not a host", given=given, expected="a host such as `pages.example`")
    return host


def _domains(row: RowReader) -> tuple[str, ...]:
    """The hosts of an account's domain cell, the main one first."""
    given = domains_in(row.text("domain"))
    hosts = [web_host(part) for part in given]
    if None in hosts:
        bad = given[hosts.index(None)] if any(hosts) else row.text("domain")
        row.fault("domain", "not a domain", given=bad, expected="a domain such as `acme.de`, several separated by `;`")
    return tuple(dict.fromkeys(filter(None, hosts)))


def _read_accounts(files: Mapping[str, str], problems: list[Problem], doubts: list[Problem]) -> dict[str, Account]:
    if "accounts.csv" not in files:
        return {}
    table = _table(files, "accounts.csv", problems, doubts, required=("account_id",))
    further = tuple(name for name in table.columns if name not in ACCOUNT_COLUMNS)
    accounts: dict[str, Account] = {}
    readers = [RowReader(table.file, table_row, problems) for table_row in table.rows]
    for row in readers:
        account_id = row.required("account_id")
        if account_id is None:
            continue
        if account_id in accounts:
            row.fault("account_id", "the account stands twice", given=account_id, expected="each account once")
            continue
        hosts = _domains(row)
        accounts[account_id] = Account(
            account_id=account_id, name=row.text("name"), domain=hosts[0] if hosts else None, further_domains=hosts[1:],
            parent_id=row.text("parent_id") or None,
            country=country_of(row.text("country")) if row.text("country") else None, city=row.text("city") or None,
            tier=row.text("tier") or None, attributes={n: row.text(n) for n in further if row.text(n)} or EMPTY)
    by_key = {record_key(account_id): account_id for account_id in accounts}
    for row in readers:
        parent, account_id = row.text("parent_id"), row.text("account_id")
        if parent and parent not in accounts and account_id in accounts and (spelt := by_key.get(record_key(parent))):
            accounts[account_id] = replace(accounts[account_id], parent_id=spelt)
        elif parent and parent not in accounts:
            row.fault("parent_id", "unknown parent account", given=parent, expected="an account_id of accounts.csv",
                      nearest=nearest_name(parent, accounts) if len(problems) < SUGGESTIONS else None)
    return accounts
