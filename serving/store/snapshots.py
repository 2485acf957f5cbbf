"""Rule books and directories as content-addressed snapshots, and the dated changes of what is in force."""
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from sqlalchemy import Connection, insert, select

from features.clock import micros, moment
from rules.digests import PREFIX, without_prefix
from rules.errors import StoreError
from rules.files import MOST_UNPACKED
from serving.store import tables
from serving.store.writer import Writing


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing that came into force: what, which, who did it, when."""

    number: int
    subject: str
    value: str
    actor: str
    at: datetime


def keep(writing: Writing, kind: str, digest: str, files: Mapping[str, str]) -> bool:
    """Keep a snapshot under its digest; False when it was already kept."""
    if _files(writing.connection, kind, digest) is not None:
        return False
    content = orjson.dumps(dict(files), option=orjson.OPT_SORT_KEYS)
    if len(content) > MOST_UNPACKED:
        raise StoreError(f"the files of this {kind} are {len(content):,} bytes; expected at most {MOST_UNPACKED:,}")
    packed = zlib.compress(content)
    writing.connection.execute(insert(tables.snapshots).values(kind=kind, digest=digest, files=packed,
                                                               stored_at=micros(datetime.now(UTC))))
    return True


def is_kept(connection: Connection, kind: str, digest: str) -> bool:
    """Whether a snapshot is kept under a digest."""
    return _files(connection, kind, digest) is not None


def files_of(connection: Connection, kind: str, digest: str) -> dict[str, str]:
    """The files of a snapshot by name."""
    packed = _files(connection, kind, digest)
    if packed is None:
        raise StoreError(f"the store holds no {kind} `{digest}`")
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(packed, MOST_UNPACKED)
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise StoreError(f"the {kind} `{digest}` in the store unpacks to more than {MOST_UNPACKED:,} bytes, or is broken off; "
                         "expected what was kept: restore the store from a copy")
    return orjson.loads(content)


def kept_of(connection: Connection, kind: str, beginning: str = "") -> dict[str, datetime]:
    """The digests of a kind's snapshots that begin with some letters, and when each was first kept; the newest first."""
    named = tables.snapshots.c.digest
    rows = connection.execute(select(named, tables.snapshots.c.stored_at).where(
        tables.snapshots.c.kind == kind, named.startswith(PREFIX + without_prefix(beginning), autoescape=True)).order_by(
        tables.snapshots.c.stored_at.desc())).all()
    return {row.digest: moment(row.stored_at) for row in rows}


def change(writing: Writing, subject: str, value: str, *, actor: str, at: datetime) -> Change:
    """Note that something came into force."""
    number = writing.head.last_change + 1
    writing.connection.execute(insert(tables.changes).values(number=number, subject=subject, value=value, actor=actor,
                                                             at=micros(at)))
    writing.advance(last_change=number)
    return Change(number=number, subject=subject, value=value, actor=actor, at=at)


def changes(connection: Connection, subject: str) -> tuple[Change, ...]:
    """Every change of a subject, newest first."""
    rows = connection.execute(select(tables.changes).where(tables.changes.c.subject == subject)
                              .order_by(tables.changes.c.number.desc())).all()
    return tuple(Change(number=row.number, subject=row.subject, value=row.value, actor=row.actor, at=moment(row.at))
                 for row in rows)


def in_force(connection: Connection, subject: str) -> str | None:
    """What holds for a subject now, None where nothing does yet."""
    return connection.execute(select(tables.changes.c.value).where(tables.changes.c.subject == subject)
                              .order_by(tables.changes.c.number.desc()).limit(1)).scalar()


def _files(connection: Connection, kind: str, digest: str) -> bytes | None:
    return connection.execute(select(tables.snapshots.c.files).where(tables.snapshots.c.kind == kind,
                                                                     tables.snapshots.c.digest == digest)).scalar()
