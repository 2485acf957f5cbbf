"""Who has which item now: one row per item. An item that several had at once stays with the newest; the others are told ended.

A revision is written once and never edited: it does not import tables.py, which moves on.
"""
import logging

import sqlalchemy as sa
from alembic import op

from rules.refdata.record_ids import record_key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
_log = logging.getLogger(__name__)
_STILL_OPEN = sa.text("""
    select seq, assignment_id, item_id, owner_id, team from events where kind = 'assigned' and not exists (
        select 1 from events as ended where ended.assignment_id = events.assignment_id
        and ended.kind in ('rejected', 'reassigned', 'closed')) order by seq""")
_END = sa.text("""
    insert into events (seq, event_id, kind, assignment_id, item_id, owner_id, occurred_at, known_at)
    select :seq, :event_id, 'reassigned', :assignment_id, :item_id, :owner_id, newest_known_at, newest_known_at from head""")


def upgrade() -> None:
    """Add `open_assignments`; end every open assignment of an item but the newest by an event of its own."""
    table = op.create_table(
        "open_assignments",
        sa.Column("item_key", sa.String(256), primary_key=True),
        sa.Column("assignment_id", sa.String(128), nullable=False, unique=True),
        sa.Column("owner_id", sa.String(256), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
    )
    connection = op.get_bind()
    holders: dict[str, sa.Row] = {}
    given_up: list[tuple[sa.Row, sa.Row]] = []
    for row in connection.execute(_STILL_OPEN).all():
        before = holders.get(record_key(row.item_id))
        given_up += [] if before is None else [(before, row)]
        holders[record_key(row.item_id)] = row
    for before, row in given_up:
        _end(connection, before, row)
    for key, row in holders.items():
        connection.execute(sa.insert(table).values(item_key=key, assignment_id=row.assignment_id, owner_id=row.owner_id,
                                                   seq=row.seq))


def _end(connection: sa.Connection, before: sa.Row, row: sa.Row) -> None:
    """End an assignment as `reassigned` to the one that came after it, and free its place."""
    seq = connection.execute(sa.text("select last_seq from head")).scalar_one() + 1
    connection.execute(_END, {"seq": seq, "event_id": f"{row.assignment_id}:ends:{before.assignment_id}",
                              "assignment_id": before.assignment_id, "item_id": before.item_id, "owner_id": before.owner_id})
    connection.execute(sa.text("update head set last_seq = :seq"), {"seq": seq})
    connection.execute(sa.text("update capacity set open = open - 1 where owner_id = :owner"), {"owner": before.owner_id})
    _log.warning("item `%s` had two owners: `%s` keeps it, the assignment `%s` of `%s` is ended as reassigned",
                 row.item_id, row.owner_id, before.assignment_id, before.owner_id)


def downgrade() -> None:
    """Keep a copy of the file instead."""
