"""Bringing a store to this version's shape when it is opened, in one transaction, whatever version wrote it."""
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from rules.errors import StoreError

#: The revision this code expects; a test compares it with the newest file in migrations/versions.
HEAD = "0004"
SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Create or upgrade the tables; StoreError when the file is no store or a newer version wrote it."""
    try:
        with engine.begin() as connection:
            if revision_of(connection) != HEAD:
                _upgrade(connection)
    except DatabaseError as error:
        raise StoreError(f"the store cannot be opened: {error.orig}; check the file, or restore a copy of it") from error


def revision_of(connection: Connection) -> str | None:
    """The revision a store stands at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"the store stands at revision `{revision_of(connection)}`, this version knows up to `{HEAD}`; "
                         f"use the version of rightful that wrote it, or a newer one") from error
