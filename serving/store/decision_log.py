"""The decisions: canonical bytes under a commitment, search columns beside them, and what they were decided from."""
import hmac
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select

from features.clock import micros
from rules.errors import StoreError
from serving.decision.parts import DecisionDocument
from serving.store import tables
from serving.store.prepared import PreparedStatement
from serving.store.writer import Writing

_D = tables.decisions.c
_PUT, _PUT_INPUTS = PreparedStatement(insert(tables.decisions)), PreparedStatement(insert(tables.decision_inputs))


class NoSuchDecision(StoreError):
    """No decision has the id asked for."""

    code, status, retry_after = "not-found", 404, None
    remedy = "Take the `decision_id` from a decision's answer or from `GET /v1/decisions`."


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredDecision:
    """A decision as kept: its number, the canonical bytes of its document, and their commitment."""

    number: int
    decision_id: str
    canonical: bytes
    commitment: bytes
    commitment_key: bytes

    @property
    def document(self) -> DecisionDocument:
        """The decision document."""
        return DecisionDocument.from_bytes(self.canonical)

    @property
    def is_untouched(self) -> bool:
        """Whether the bytes are those that were committed to."""
        return hmac.compare_digest(self.commitment, commit_to(self.canonical, self.commitment_key))


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionFilter:
    """Which decisions are asked for; None = any. `starts` is inclusive, `ends` exclusive.

    `text`: found in the id of the decision, item, owner or team, or the owner is one of `text_owners`.
    """

    item_id: str | None = None
    owner_id: str | None = None
    team: str | None = None
    verdict: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    decided_by: str | None = None
    text: str | None = None
    text_owners: tuple[str, ...] = ()


def commit_to(canonical: bytes, key: bytes) -> bytes:
    """The commitment to a payload: HMAC-SHA256 under a random key kept beside it."""
    return hmac.digest(key, canonical, "sha256")


def put(writing: Writing, document: DecisionDocument, canonical: bytes, inputs: bytes) -> StoredDecision:
    """Keep a decision and its inputs in the open transaction."""
    key = secrets.token_bytes(32)
    stored = StoredDecision(number=writing.head.last_decision + 1, decision_id=document.decision_id,
                            canonical=canonical, commitment=commit_to(canonical, key), commitment_key=key)
    team = document.owner.team if document.owner else None
    _PUT.run(writing.connection, {
        "number": stored.number, "decision_id": stored.decision_id,
        "decided_at": micros(datetime.fromisoformat(document.decided_at)), "item_id": document.item["item_id"],
        "mode": document.mode, "outcome": document.outcome, "decided_by": document.decided_by,
        "owner_id": document.owner_id, "team": team or document.route.team,
        "verdict": document.fairness.verdict, "model": document.versions.model, "state": document.versions.state,
        "document": canonical, "commitment": stored.commitment, "commitment_key": key})
    _PUT_INPUTS.run(writing.connection, {"decision_id": stored.decision_id, "inputs": inputs})
    writing.advance(last_decision=stored.number)
    return stored


def find(connection: Connection, decision_id: str) -> StoredDecision:
    """The decision of an id; NoSuchDecision when there is none."""
    row = connection.execute(_kept().where(_D.decision_id == decision_id)).one_or_none()
    if row is None:
        raise NoSuchDecision(f"there is no decision `{decision_id}`")
    return StoredDecision(**row._mapping)


def outcome_of(connection: Connection, decision_id: str) -> str | None:
    """What a decision came to, None when there is none of that id."""
    return connection.execute(select(_D.outcome).where(_D.decision_id == decision_id)).scalar()


def holding(connection: Connection, decision_ids: Collection[str]) -> dict[str, str]:
    """Of those that found the item held: the assignment that held it, by the decision's id."""
    found = connection.execute(select(_D.decision_id, _D.document).where(_D.outcome == "held", _D.decision_id.in_(decision_ids)))
    return {row.decision_id: str(DecisionDocument.from_bytes(row.document).held_by) for row in found}


def inputs_of(connection: Connection, decision_id: str) -> bytes:
    """What a decision was decided from."""
    found = connection.execute(select(tables.decision_inputs.c.inputs)
                               .where(tables.decision_inputs.c.decision_id == decision_id)).scalar()
    if found is None:
        raise StoreError(f"the store holds no inputs of decision `{decision_id}`")
    return found


def page(connection: Connection, wanted: DecisionFilter, *, before: int | None = None, limit: int = 50) -> list[StoredDecision]:
    """Decisions that fit, newest first, numbered below `before`."""
    where = [column == given for column, given in ((_D.item_id, wanted.item_id), (_D.owner_id, wanted.owner_id),
                                                   (_D.team, wanted.team), (_D.verdict, wanted.verdict),
                                                   (_D.decided_by, wanted.decided_by))
             if given is not None]
    if wanted.text is not None:
        holds = (column.icontains(wanted.text, autoescape=True)
                 for column in (_D.decision_id, _D.item_id, _D.owner_id, _D.team))
        where.append(or_(*holds, _D.owner_id.in_(wanted.text_owners)))
    if wanted.starts is not None:
        where.append(_D.decided_at >= micros(wanted.starts))
    if wanted.ends is not None:
        where.append(_D.decided_at < micros(wanted.ends))
    if before is not None:
        where.append(_D.number < before)
    rows = connection.execute(_kept().where(*where).order_by(_D.number.desc()).limit(limit)).all()
    return [StoredDecision(**row._mapping) for row in rows]


def in_state_order(connection: Connection) -> Iterator[str]:
    """Ids of all decisions, by model, then by the state and the moment they were decided at."""
    yield from connection.scalars(select(_D.decision_id).order_by(_D.model, _D.state, _D.decided_at, _D.number))


def _kept():
    return select(_D.number, _D.decision_id, _D.document.label("canonical"), _D.commitment, _D.commitment_key)
