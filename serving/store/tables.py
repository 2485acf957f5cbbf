"""The tables of the store: what is kept, in SQLAlchemy Core, portable between SQLite and PostgreSQL.

Times are whole microseconds since 1970 (UTC), exact and sortable. Dense numbers (`seq`, `number`) are handed out by the
single writer from the one row of `head`, never by a database sequence. A change here needs a migration beside it.
"""
from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()

#: One row that every transaction reads first: the last numbers given out, the newest known time, the kill switch.
#: `changes` grows with every promotion, activation and mode change, so that a process notices what another one did.
head = Table(
    "head", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("newest_known_at", BigInteger),
    Column("last_decision", BigInteger, nullable=False),
    Column("last_change", BigInteger, nullable=False),
    Column("ranking", String(16)),                        # model | rotation; NULL = as the settings say
    Column("last_action", BigInteger, nullable=False, server_default="0"),
)

secrets = Table(
    "secrets", metadata,
    Column("name", String(64), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

snapshots = Table(
    "snapshots", metadata,
    Column("kind", String(16), primary_key=True),         # rulebook | directory | directory_edit | evidence | leave_plan
    Column("digest", String(80), primary_key=True),
    Column("files", LargeBinary, nullable=False),         # zlib of the JSON {name: text}
    Column("stored_at", BigInteger, nullable=False),
)

#: Which snapshot, bundle or mode came into force when, and who did it; the newest row of a subject holds.
changes = Table(
    "changes", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", String(128), nullable=False),       # rulebook[:plan], directory, mode; champion:, challenger:, guard:KIND
    Column("value", String(128), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_changes_subject", "subject", "number"),
)

events = Table(
    "events", metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", String(128), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("assignment_id", String(128), nullable=False),
    Column("item_id", String(256), nullable=False),
    Column("owner_id", String(256), nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("team", String(256)),
    Column("expected", Float(53)),
    Column("assigned_by", String(16)),
    Column("propensity", Float(53)),
    Column("outcome", String(256)),
    Column("value", Float(53)),
    Column("respond_by", BigInteger),
    Column("detail", LargeBinary),                        # JSON: item, rotation, exposure; only where there are any
    Index("ix_events_assignment", "assignment_id", "seq"),
    Index("ix_events_item", "item_id", "seq"),
)

#: How many open items each owner has by the events: the row that a reservation updates.
capacity = Table(
    "capacity", metadata,
    Column("owner_id", String(256), primary_key=True),
    Column("open", Integer, nullable=False),
)

#: Who has which item now: at most one open assignment per item, which the database itself holds.
open_assignments = Table(
    "open_assignments", metadata,
    Column("item_key", String(256), primary_key=True),    # rules/refdata/record_ids.py, record_key of the item
    Column("assignment_id", String(128), nullable=False, unique=True),
    Column("owner_id", String(256), nullable=False),
    Column("seq", BigInteger, nullable=False),            # of the event that made the assignment
)

decisions = Table(
    "decisions", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("decision_id", String(128), nullable=False, unique=True),
    Column("decided_at", BigInteger, nullable=False),
    Column("item_id", String(256), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("decided_by", String(16)),
    Column("owner_id", String(256)),
    Column("team", String(256)),
    Column("verdict", String(16)),
    Column("model", String(80)),
    Column("state", BigInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),      # the canonical bytes
    Column("commitment", LargeBinary, nullable=False),    # HMAC-SHA256(commitment_key, document)
    Column("commitment_key", LargeBinary, nullable=False),
    Index("ix_decisions_item", "item_id", "number"),
    Index("ix_decisions_owner", "owner_id", "number"),
    Index("ix_decisions_team", "team", "number"),
    Index("ix_decisions_decided_at", "decided_at"),
)

decision_inputs = Table(
    "decision_inputs", metadata,
    Column("decision_id", String(128), primary_key=True),
    Column("inputs", LargeBinary, nullable=False),
)

#: What people did with decisions, numbered densely.
actions = Table(
    "actions", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("action_id", String(64), nullable=False, unique=True),
    Column("decision_id", String(128), nullable=False),
    Column("kind", String(16), nullable=False),           # `done` of serving/actions/kinds/, or handed_over
    Column("at", BigInteger, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("owner_id", String(256)),
    Column("reason", String(32)),
    Column("verdict", String(16)),
    Column("new_decision_id", String(128)),
    Column("document", LargeBinary, nullable=False),      # the canonical bytes
    Index("ix_actions_decision", "decision_id", "number"),
    Index("ix_actions_at", "at"),
)

#: The life of each rule book: what somebody did with it, in order; a book's present state follows from its steps.
rulebook_steps = Table(
    "rulebook_steps", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(80), nullable=False),
    Column("step", String(16), nullable=False),           # serving/store/rulebook_log.py, STEPS
    Column("at", BigInteger, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("source", String(16), nullable=False),         # file | api | schedule | rollback
    Column("based_on", String(80)),                       # the digest that a draft was made from
    Column("effective_at", BigInteger),                   # when it comes, or came, into force
    Column("evidence", String(80)),                       # digest of what the step rests on, such as a check report
    Column("detail", LargeBinary),                        # JSON: version, rules, conditions, note
    Index("ix_rulebook_steps_digest", "digest", "number"),
)

#: What a key was answered, by route: a decision's document, or the bytes themselves.
idempotency = Table(
    "idempotency", metadata,
    Column("route", String(32), primary_key=True),
    Column("key", String(256), primary_key=True),
    Column("body_digest", String(80), nullable=False),
    Column("decision_id", String(128)),
    Column("answer", LargeBinary),
    Column("stored_at", BigInteger, nullable=False),
    Index("ix_idempotency_stored_at", "stored_at"),
)

#: The success probability expected at each past assignment, as one bundle's training wrote it.
expectations = Table(
    "expectations", metadata,
    Column("generation", String(80), primary_key=True),
    Column("assignment_id", String(128), primary_key=True),
    Column("expected", Float(53), nullable=False),
)
