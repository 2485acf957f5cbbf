import sqlite3

import orjson
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from rules.errors import StoreError
from rules.intake.item import item_to_json
from serving.store import idempotency, migrating
from serving.store.engine import check_url, connect
from serving.store.store import Store
from serving.store.tables import metadata
from tests.serving.store.fakes import append, happened


def config_on(connection=None):
    config = Config()
    config.set_main_option("script_location", str(migrating.SCRIPTS))
    config.attributes["connection"] = connection
    return config


def store_of_version_1(url):
    """A store as the first version left it: two events, a decision, a key that stands for it."""
    engine = connect(check_url(url), writes=True)
    with engine.begin() as connection:
        command.upgrade(config_on(connection), "0001")
        run = connection.exec_driver_sql
        run("update head set last_seq = 2, newest_known_at = 1793610060000000, last_decision = 1")
        for seq, kind in ((1, "assigned"), (2, "closed")):
            run("insert into events (seq, event_id, kind, assignment_id, item_id, owner_id, occurred_at, known_at, detail) "
                "values (?, ?, ?, 'a', 'item-a', 'ann', 1793610000000000, 1793610060000000, ?)",
                (seq, f"e{seq}", kind, orjson.dumps({"item": item_to_json(happened("a").item)}) if seq == 1 else None))
        run("insert into capacity values ('ann', 0)")
        run("insert into decisions (number, decision_id, decided_at, item_id, mode, outcome, state, document, commitment, "
            "commitment_key) values (1, 'd-1', 0, 'L-1', 'recommend', 'recommended', 0, x'7b7d', x'00', x'00')")
        run("insert into idempotency values ('k', 'digest', 'd-1', ?)", (2**60,))
    engine.dispose()


def test_the_newest_migration_is_the_one_the_code_expects():
    assert ScriptDirectory.from_config(config_on()).get_current_head() == migrating.HEAD


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


def test_a_store_of_the_first_version_is_brought_up_with_all_it_holds(tmp_path):
    url = f"sqlite:///{tmp_path / 'rightful.db'}"
    store_of_version_1(url)
    with Store.open(url) as store:
        with store.reading() as connection:
            assert migrating.revision_of(connection) == migrating.HEAD
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert (store.head().last_seq, store.head().last_decision, store.head().last_action) == (2, 1, 0)
        assert [event.kind for event in store.events()] == ["assigned", "closed"]
        assert store.actions("d-1") == ()
        assert store.standing("d-1").state == "proposed"
        remembered = store.write(lambda writing: idempotency.recall(writing, "recommendations", "k"))
        assert (remembered.body_digest, remembered.decision_id, remembered.answer) == ("digest", "d-1", None)
        assert store.write(lambda writing: idempotency.recall(writing, "accept", "k")) is None
        append(store, [happened("new", minute=10_000)])
        assert store.head().last_seq == 3


def test_an_upgrade_that_fails_leaves_the_old_store_as_it_was(tmp_path):
    url = f"sqlite:///{tmp_path / 'rightful.db'}"
    store_of_version_1(url)
    with sqlite3.connect(tmp_path / "rightful.db") as connection:
        connection.execute("create table actions (something_else)")
    with pytest.raises(StoreError):
        Store.open(url)
    with sqlite3.connect(tmp_path / "rightful.db") as connection:
        assert connection.execute("select version_num from alembic_version").fetchall() == [("0001",)]
        assert connection.execute("select key from idempotency").fetchall() == [("k",)]
        assert "last_action" not in [row[1] for row in connection.execute("pragma table_info(head)")]


def test_the_rule_books_that_were_in_force_have_a_life_after_the_upgrade(tmp_path):
    url = f"sqlite:///{tmp_path / 'rightful.db'}"
    store_of_version_1(url)
    with sqlite3.connect(tmp_path / "rightful.db") as connection:
        connection.executemany("insert into changes (number, subject, value, actor, at) values (?, ?, ?, ?, ?)", [
            (1, "rulebook", "a", "ann", 10), (2, "directory", "d", "ann", 11), (3, "rulebook", "b", "bob", 12)])
    with Store.open(url) as store:
        told = {version.digest: (version.state, [step.step for step in version.steps]) for version in store.rulebook_versions()}
        assert told == {"a": ("archived", ["activated", "archived"]), "b": ("active", ["activated"])}


def test_an_item_that_several_had_at_once_stays_with_the_newest_and_the_others_are_told_ended(tmp_path, caplog):
    url = f"sqlite:///{tmp_path / 'rightful.db'}"
    with Store.open(url) as store:
        append(store, [happened("a"), happened("b", minute=1, owner="bob"), happened("c", minute=2, owner="cat"),
                       happened("d", minute=3, owner="bob"), happened("gone", "closed", minute=4, assignment="d")])
    with sqlite3.connect(tmp_path / "rightful.db") as connection:
        connection.execute("update events set item_id = 'L-1'")
        connection.execute("drop table open_assignments")
        connection.execute("update alembic_version set version_num = '0003'")
    with caplog.at_level("WARNING"), Store.open(url) as store:
        told = list(store.events(after=5))
        assert [(event.kind, event.assignment_id, event.owner_id) for event in told] == [
            ("reassigned", "a", "ann"), ("reassigned", "b", "bob")]
        assert {event.known_at for event in told} == {store.head().newest_at}
        assert store.head().last_seq == 7
        with store.reading() as connection:
            assert dict(connection.execute(metadata.tables["capacity"].select()).all()) == {"ann": 0, "bob": 0, "cat": 1}
            assert connection.execute(metadata.tables["open_assignments"].select()).all() == [("L-1", "c", "cat", 3)]
        append(store, [happened("end", "closed", minute=5, assignment="c")])
    assert "`L-1`" in caplog.text and "`bob`" in caplog.text
