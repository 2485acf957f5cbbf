"""Earlier items like one: who was given an item of the same e-mail, of the same domain and company, or of the same account.

For every key the last few assignments are kept; one that its owner refused or handed over counts no more.
"""
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from features.clock import moment
from rules.accounts.company_names import company_name
from rules.model import WorkItem
from rules.refdata.contacts import mailbox_of, own_domain
from rules.routing.continuity import EarlierItem

#: How many assignments are kept by key; a domain is shared by many people, an address by one.
KEPT = 16


@dataclass(frozen=True, slots=True)
class Given:
    """An item that an owner was given: `us` in microseconds since 1970."""

    assignment_id: str
    item_id: str
    kind: str
    owner_id: str
    company: str | None
    us: int


class EarlierTables:
    """The last assignments by e-mail, domain and account."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, str], tuple[Given, ...]] = {}

    def __copy__(self) -> "EarlierTables":
        copied = EarlierTables()
        copied._by = dict(self._by)
        return copied

    def given(self, item: WorkItem, assignment_id: str, owner_id: str, account: str | None, us: int) -> None:
        """The owner was given the item."""
        keys = [*_addresses(item), *([("account", account)] if account is not None else ())]
        if keys:
            company = item.value("company")
            entry = Given(assignment_id, item.item_id, item.kind, owner_id, company if isinstance(company, str) else None, us)
            for key in keys:
                self._by[key] = (*self._by.get(key, ()), entry)[-KEPT:]

    def like(self, item: WorkItem, account: str | None, *, us: int, within: timedelta | None,
             still_counts: Callable[[str], bool]) -> tuple[EarlierItem, ...]:
        """Of each sort the newest by a moment: e-mail and company for items of one kind inside `within`, account ever."""
        found: list[EarlierItem] = []
        for by, entries in self._candidates(item, account):
            since = None if by == "account" else us if within is None else us - within // timedelta(microseconds=1)
            fitting = [entry for entry in entries if entry.item_id != item.item_id and entry.us <= us
                       and (since is None or entry.us >= since and entry.kind == item.kind) and still_counts(entry.assignment_id)]
            if fitting:
                newest = max(fitting, key=lambda entry: entry.us)
                found.append(EarlierItem(item_id=newest.item_id, owner_id=newest.owner_id, assigned_at=moment(newest.us), by=by))
        return tuple(found)

    def _candidates(self, item: WorkItem, account: str | None) -> Iterator[tuple[str, tuple[Given, ...]]]:
        for name, key in _addresses(item):
            entries = self._by.get((name, key), ())
            if name == "email":
                yield "email", entries
            else:
                yield "company", tuple(entry for entry in entries if _same_company(item, entry))
        if account is not None:
            yield "account", self._by.get(("account", account), ())


def _addresses(item: WorkItem) -> list[tuple[str, str]]:
    """What an item has in common with others: its mailbox, and the domain where that is one company's own."""
    email, domain = item.value("email"), item.facts.get("domain")
    keys = [("email", mailbox_of(email) if isinstance(email, str) else None)]
    if domain is not None and domain.trust != "low" and isinstance(domain.value, str) \
            and own_domain(domain.value, mailed=domain.source == "email"):
        keys.append(("domain", domain.value))
    return [(name, key) for name, key in keys if key is not None]


def _same_company(item: WorkItem, entry: Given) -> bool:
    company = item.value("company")
    if not isinstance(company, str) or entry.company is None:
        return False
    names = company_name(company), company_name(entry.company)
    return bool(names[0].core) and not set(names[0].cores).isdisjoint(names[1].cores)
