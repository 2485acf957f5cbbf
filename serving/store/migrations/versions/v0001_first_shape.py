"""The first shape of the store.

A revision is written once and never edited: it does not import tables.py, which moves on.
"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, and the one row of `head`."""
    op.create_table(
        "head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("newest_known_at", sa.BigInteger()),
        sa.Column("last_decision", sa.BigInteger(), nullable=False),
        sa.Column("last_change", sa.BigInteger(), nullable=False),
        sa.Column("ranking", sa.String(16)),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "snapshots",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("digest", sa.String(80), primary_key=True),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("value", sa.String(128), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_changes_subject", "changes", ["subject", "number"])
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.String(128), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("assignment_id", sa.String(128), nullable=False),
        sa.Column("item_id", sa.String(256), nullable=False),
        sa.Column("owner_id", sa.String(256), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("team", sa.String(256)),
        sa.Column("expected", sa.Float(53)),
        sa.Column("assigned_by", sa.String(16)),
        sa.Column("propensity", sa.Float(53)),
        sa.Column("outcome", sa.String(256)),
        sa.Column("value", sa.Float(53)),
        sa.Column("respond_by", sa.BigInteger()),
        sa.Column("detail", sa.LargeBinary()),
    )
    op.create_index("ix_events_assignment", "events", ["assignment_id", "seq"])
    op.create_table(
        "capacity",
        sa.Column("owner_id", sa.String(256), primary_key=True),
        sa.Column("open", sa.Integer(), nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("decision_id", sa.String(128), nullable=False, unique=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.String(256), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(16)),
        sa.Column("owner_id", sa.String(256)),
        sa.Column("team", sa.String(256)),
        sa.Column("verdict", sa.String(16)),
        sa.Column("model", sa.String(80)),
        sa.Column("state", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("commitment_key", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"])
    op.create_index("ix_decisions_item", "decisions", ["item_id", "number"])
    op.create_index("ix_decisions_owner", "decisions", ["owner_id", "number"])
    op.create_index("ix_decisions_team", "decisions", ["team", "number"])
    op.create_table(
        "decision_inputs",
        sa.Column("decision_id", sa.String(128), primary_key=True),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(256), primary_key=True),
        sa.Column("body_digest", sa.String(80), nullable=False),
        sa.Column("decision_id", sa.String(128), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_idempotency_stored_at", "idempotency", ["stored_at"])
    op.create_table(
        "expectations",
        sa.Column("generation", sa.String(80), primary_key=True),
        sa.Column("assignment_id", sa.String(128), primary_key=True),
        sa.Column("expected", sa.Float(53), nullable=False),
    )
    op.execute("insert into head (id, last_seq, last_decision, last_change) values (1, 0, 0, 0)")


def downgrade() -> None:
    """There is nothing before the first shape; keep a copy of the file instead."""
