"""The life of each rule book: what somebody did with it, when, on what evidence; what was in force before is carried over.

A revision is written once and never edited: it does not import tables.py, which moves on.
"""
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `rulebook_steps`, and tell every activation of a rule book there as well."""
    steps = op.create_table(
        "rulebook_steps",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("based_on", sa.String(80)),
        sa.Column("effective_at", sa.BigInteger()),
        sa.Column("evidence", sa.String(80)),
        sa.Column("detail", sa.LargeBinary()),
    )
    op.create_index("ix_rulebook_steps_digest", "rulebook_steps", ["digest", "number"])
    connection = op.get_bind()
    before, number = None, 0
    for digest, actor, at in connection.execute(sa.text(
            "select value, actor, at from changes where subject = 'rulebook' order by number")).all():
        for told, step in ((before, "archived"), (digest, "activated")):
            if told is not None:
                number += 1
                connection.execute(sa.insert(steps).values(number=number, digest=told, step=step, at=at, actor=actor,
                                                           source="file", effective_at=at))
        before = digest


def downgrade() -> None:
    """Keep a copy of the file instead."""
