import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from rules.errors import StoreError
from serving.store import migrating
from serving.store.store import Store
from serving.store.tables import metadata


def test_the_newest_migration_is_the_one_the_code_expects():
    config = Config()
    config.set_main_option("script_location", str(migrating.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == migrating.HEAD


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'rightful.db'}") as store, store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_opening_again_changes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'rightful.db'}"
    with Store.open(url) as store:
        key = store.workspace_key()
    with Store.open(url) as store:
        assert store.workspace_key() == key


def test_a_store_of_a_newer_version_is_refused_untouched(tmp_path):
    path = tmp_path / "rightful.db"
    Store.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(StoreError, match=f"`9999`.*`{migrating.HEAD}`"):
        Store.open(f"sqlite:///{path}")


def test_a_file_that_is_no_store_is_refused(tmp_path):
    (tmp_path / "rightful.db").write_text("not a database at all, whatever its name says" * 50)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(f"sqlite:///{tmp_path / 'rightful.db'}")


@pytest.mark.parametrize("url", ["postgresql://host/db", "sqlite://", "nonsense"])
def test_a_store_that_this_version_cannot_keep_is_refused(url):
    with pytest.raises(StoreError, match="expected"):
        Store.open(url)
