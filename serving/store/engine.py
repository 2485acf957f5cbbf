"""Connections: one engine that writes (BEGIN IMMEDIATE, one at a time) and one that reads; SQLite in WAL, fully synchronous."""
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from rules.errors import StoreError

BUSY_SECONDS = 10
BEGIN_WRITING = "BEGIN IMMEDIATE"
#: A commit that finds so many pages of 4 KB in the log moves them into the file; a decision is some 45 of them. Only where
#: checkpoints.py finds no idle moment to do it before.
CHECKPOINT_PAGES = 4000


def check_url(url: str | URL) -> URL:
    """The URL, parsed, refused where this version cannot keep a store."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the store's URL cannot be read; expected one such as `sqlite:///rightful.db`") from None
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise StoreError(f"this version keeps its store in an SQLite file, given a URL for "
                         f"`{parsed.get_backend_name()}`; expected `sqlite:///PATH`")
    return parsed


def connect(url: URL, *, writes: bool) -> Engine:
    """An engine whose transactions take the write lock at once (`writes`) or read one consistent moment."""
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
                           pool_size=1 if writes else 4, max_overflow=0 if writes else 12)

    @event.listens_for(engine, "connect")
    def _prepare(connection, _record):
        connection.isolation_level = None                 # the driver leaves BEGIN to the line below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY",
                       f"wal_autocheckpoint={CHECKPOINT_PAGES}"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection):
        if not connection.connection.dbapi_connection.in_transaction:     # the writer begins its own (transaction.py)
            connection.exec_driver_sql(BEGIN_WRITING if writes else "BEGIN")

    return engine
