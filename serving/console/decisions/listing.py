"""The list of decisions: what a browser asks for, the filter it means, and the rows that answer."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from sqlalchemy import or_, select

from rules.errors import InputError, Problem
from rules.model import Directory
from serving.console.web.days import day_after, day_of
from serving.console.web.people import PersonView, naming, person
from serving.console.web.wording import spoken
from serving.decision.parts import DecisionDocument
from serving.store import tables
from serving.store.decision_log import DecisionFilter, StoredDecision
from serving.store.store import Store

ROWS = 50
DECIDERS = ("model", "rotation", "rule", "fallback", "person")
VERDICTS = ("pass", "warn", "hold")
_MOST_NAMED = 50
_A = tables.actions.c


@dataclass(frozen=True, kw_only=True, slots=True)
class ListingQuery:
    """The filter as typed; "" = any. Plain days are read in UTC, `to` inclusive."""

    q: str = ""
    team: str = ""
    owner: str = ""
    item: str = ""
    verdict: str = ""
    decided_by: str = ""
    starts: str = ""
    ends: str = ""
    cursor: str = ""

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return any(getattr(self, field.name) for field in fields(self) if field.name != "cursor")

    def query(self, **changed: str) -> str:
        """The same question as a query string, with some of it changed."""
        given = {_SPELT.get(field.name, field.name): getattr(self, field.name) for field in fields(self)} | changed
        return urlencode({name: text for name, text in given.items() if text})


_SPELT = {"starts": "from", "ends": "to"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ListingRow:
    """One decision in the list; `after`: what people said to it since."""

    document: DecisionDocument
    owner: PersonView | None
    because: str
    after: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A page of the list, newest first; `older` is the cursor of the next one, None on the last."""

    rows: tuple[ListingRow, ...]
    older: str | None


def asked_of(query: Mapping[str, str]) -> ListingQuery:
    """The question in a query string; surplus names are passed over, ends of text trimmed."""
    return ListingQuery(**{field.name: query.get(_SPELT.get(field.name, field.name), "").strip()[:256]
                           for field in fields(ListingQuery)})


def listed(store: Store, asked: ListingQuery, directory: Directory) -> Listed:
    """The decisions that fit; InputError names a day or cursor that cannot be read."""
    found, older = store.decision_page(_filter(asked, directory), before=_cursor(asked.cursor), limit=ROWS)
    after = _after(store, [decision.decision_id for decision in found])
    return Listed(rows=tuple(_row(decision, directory, after) for decision in found), older=older)


def _filter(asked: ListingQuery, directory: Directory) -> DecisionFilter:
    return DecisionFilter(
        item_id=asked.item or None, owner_id=asked.owner or None, team=asked.team or None,
        verdict=asked.verdict or None, decided_by=asked.decided_by or None, starts=day_of("from", asked.starts),
        ends=day_after("to", asked.ends), text=asked.q or None,
        text_owners=_named(asked.q, directory))


def _named(text: str, directory: Directory) -> tuple[str, ...]:
    """Owners whose name holds the text searched for."""
    folded = text.casefold()
    if not folded:
        return ()
    return tuple(owner.owner_id for owner in directory.owners.values() if folded in owner.name.casefold())[:_MOST_NAMED]


def _cursor(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InputError([Problem(message="the cursor cannot be read", column_name="cursor", given=text,
                                  expected="the one of a page's `older` link")])
    return int(text)


def _after(store: Store, decision_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Which decisions were overridden or challenged."""
    said: dict[str, tuple[str, ...]] = {}
    wanted = select(_A.decision_id, _A.kind).where(_A.decision_id.in_(decision_ids), or_(
        _A.kind == "overridden", _A.verdict == "challenge"))
    with store.reading() as connection:
        for row in connection.execute(wanted.order_by(_A.number)):
            word = "overridden" if row.kind == "overridden" else "challenged"
            said[row.decision_id] = (*(each for each in said.get(row.decision_id, ()) if each != word), word)
    return said


def _row(decision: StoredDecision, directory: Directory, after: Mapping[str, tuple[str, ...]]) -> ListingRow:
    document = decision.document
    owner_id, route = document.owner_id, document.route
    because = next(iter(document.sentences), None)
    return ListingRow(document=document, owner=None if owner_id is None else person(owner_id, directory),
                      because=naming(document, directory)(because) if because
                      else spoken(route.reason or f"by rule {route.rule}"),
                      after=after.get(document.decision_id, ()))
