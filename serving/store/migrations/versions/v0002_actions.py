"""What people did with decisions; idempotency keys by route, holding the answer where it is no decision.

A revision is written once and never edited: it does not import tables.py, which moves on.
"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `actions`, count them in `head`, find events by item, and carry the keys over to their route."""
    op.add_column("head", sa.Column("last_action", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_events_item", "events", ["item_id", "seq"])
    op.create_table(
        "actions",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("action_id", sa.String(64), nullable=False, unique=True),
        sa.Column("decision_id", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("owner_id", sa.String(256)),
        sa.Column("reason", sa.String(32)),
        sa.Column("verdict", sa.String(16)),
        sa.Column("new_decision_id", sa.String(128)),
        sa.Column("document", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_actions_decision", "actions", ["decision_id", "number"])
    op.create_index("ix_actions_at", "actions", ["at"])
    op.drop_index("ix_idempotency_stored_at", table_name="idempotency")
    op.rename_table("idempotency", "idempotency_before")
    op.create_table(
        "idempotency",
        sa.Column("route", sa.String(32), primary_key=True),
        sa.Column("key", sa.String(256), primary_key=True),
        sa.Column("body_digest", sa.String(80), nullable=False),
        sa.Column("decision_id", sa.String(128)),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_idempotency_stored_at", "idempotency", ["stored_at"])
    op.execute("insert into idempotency (route, key, body_digest, decision_id, stored_at) "
               "select 'recommendations', key, body_digest, decision_id, stored_at from idempotency_before")
    op.drop_table("idempotency_before")


def downgrade() -> None:
    """Keep a copy of the file instead."""
