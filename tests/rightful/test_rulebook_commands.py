"""A rule book's life by command, on a workspace's own file."""
import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

import rightful.cli.main as rightful
from rules.errors import RightfulError
from serving.runtime.workspace import Workspace
from serving.store import rulebook_log
from tests.serving import small_company


@pytest.fixture
def folder(tmp_path):
    return small_company.build(tmp_path / "ws")


def run(folder, *words, fails=False):
    """A command's output; the refusal's words where it is to be refused."""
    done = CliRunner().invoke(rightful.app, ["rules", *words, "--workspace", str(folder)])
    if fails:
        assert done.exit_code == 1
        assert done.exception is not None and isinstance(done.exception, RightfulError | SystemExit)
        return str(done.exception)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def told(folder, *words):
    return json.loads(run(folder, *words, "--json"))


def edit(folder, label, **changes):
    path = folder / "rulebook.yaml"
    text = small_company.RULEBOOK.replace("version: 2026.1", f"version: {label}")
    for old, new in changes.items():
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def states(folder):
    return {version["version"]: version["state"] for version in told(folder, "versions")}


def test_the_workspaces_file_is_activated_in_one_command(folder):
    done = told(folder, "activate", "--actor", "ann")
    assert (done["came"], done["proposed_by"], done["conditions"]["second_person"]) == ("active", "ann", "not run")
    assert told(folder, "activate")["came"] == "unchanged"
    edit(folder, "two")
    assert told(folder, "activate")["came"] == "active"
    assert states(folder) == {"two": "active", "2026.1": "archived"}


def test_drafted_by_one_approved_by_another_activated_by_digest(folder):
    run(folder, "activate")
    edit(folder, "two")
    digest = told(folder, "propose", "--actor", "ann", "--note", "split")["digest"].removeprefix("sha256:")
    assert "approved" in run(folder, "approve", digest[:6], "--actor", "bob")
    done = told(folder, "activate", digest[:6], "--actor", "ann")
    assert (done["came"], done["approved_by"], done["conditions"]["second_person"]) == ("active", "bob", "met")
    assert "split" in run(folder, "versions", digest[:6])


def test_one_command_brings_the_book_before_back_and_a_hash_any_other(folder):
    first = told(folder, "activate")["digest"]
    for label in ("two", "three"):
        edit(folder, label)
        run(folder, "activate")
    assert told(folder, "rollback", "--actor", "olga")["version"] == "two"
    assert told(folder, "rollback", first)["version"] == "2026.1"
    assert states(folder) == {"2026.1": "active", "two": "archived", "three": "archived"}
    assert told(folder, "versions", first)["steps"][-1]["source"] == "rollback"


def test_rolling_back_works_although_an_old_exception_has_expired_since(folder):
    path = folder / "rulebook.yaml"
    lapsed = datetime.now(UTC) + timedelta(seconds=1)
    border = ("  - stage: territory\n    rules:\n      - {id: border, when: {kind: lead, country: FR, employees: ENT}, to: sales,"
              f" because: agreed, expires: {lapsed.isoformat()}}}\n")
    path.write_text(small_company.RULEBOOK.replace("  - stage: territory\n    rules:\n", border), encoding="utf-8")
    digest = told(folder, "activate")["digest"]
    edit(folder, "two")
    run(folder, "activate")
    while datetime.now(UTC) < lapsed:
        pass
    done = told(folder, "rollback", digest)
    assert (done["came"], done["conditions"]["check"]) == ("active", "not met")


def test_going_on_from_a_file_that_was_rolled_back_is_refused_until_one_says_so(folder):
    first = told(folder, "activate")["digest"]
    edit(folder, "two")
    run(folder, "activate")
    run(folder, "rollback", "--actor", "olga")
    edit(folder, "three")
    assert "olga" in run(folder, "activate", fails=True)
    assert told(folder, "activate", "--from", first)["came"] == "active"


def test_a_checked_out_book_is_what_the_next_edit_is_made_from(folder):
    first = told(folder, "activate")["digest"]
    edit(folder, "two")
    run(folder, "activate")
    run(folder, "rollback")
    run(folder, "checkout", first)
    assert (folder / "rulebook.yaml").read_text() == small_company.RULEBOOK
    edit(folder, "three")
    assert told(folder, "activate")["came"] == "active"


def test_checking_out_over_work_that_is_kept_nowhere_else_is_refused(folder):
    first = told(folder, "activate")["digest"]
    edit(folder, "unsaved")
    assert "kept nowhere else" in run(folder, "checkout", first, fails=True)
    assert "unsaved" in (folder / "rulebook.yaml").read_text()


def test_a_book_with_errors_is_a_draft_and_never_comes_into_force(folder):
    run(folder, "activate")
    edit(folder, "bad", **{"to: solo}": "to: sollo}"})
    assert "did you mean `solo`?" in run(folder, "activate", fails=True)
    assert states(folder) == {"2026.1": "active", "": "draft"}


def test_a_book_of_the_future_is_scheduled_and_can_be_withdrawn(folder):
    run(folder, "activate")
    at = datetime.now(UTC) + timedelta(days=3)
    edit(folder, "two", **{"2026-01-01T00:00:00Z": at.isoformat()})
    digest = told(folder, "activate")["digest"]
    assert states(folder) == {"2026.1": "active", "two": "scheduled"}
    edit(folder, "patch", **{"2026-01-01T00:00:00Z": "2026-01-02T00:00:00Z"})
    assert [waiting["digest"] for waiting in told(folder, "activate")["waiting"]] == [digest]
    run(folder, "withdraw", digest)
    assert states(folder)["two"] == "checked"
    assert "not scheduled" in run(folder, "withdraw", digest, fails=True)


def test_a_scheduled_book_that_came_is_what_the_next_edit_is_made_from(folder):
    run(folder, "activate")
    at = datetime.now(UTC) + timedelta(days=3)
    edit(folder, "two", **{"2026-01-01T00:00:00Z": at.isoformat()})
    run(folder, "activate")
    workspace = Workspace.at(folder)
    workspace.store.write(lambda writing: rulebook_log.take_due(writing, at))
    workspace.close()
    edit(folder, "three")
    assert told(folder, "activate")["came"] == "active"


def test_with_two_people_the_second_one_is_needed(folder):
    (folder / "rightful.toml").write_text("[rulebook]\ntwo_people = true\n", encoding="utf-8")
    assert "somebody other than `ann`" in run(folder, "activate", "--actor", "ann", fails=True)
    digest = told(folder, "versions")[0]["digest"]
    assert "somebody else" in run(folder, "approve", digest, "--actor", "ann", fails=True)
    run(folder, "approve", digest, "--actor", "bob")
    assert told(folder, "activate", "--actor", "ann")["came"] == "active"


def test_a_digest_that_fits_none_or_several_is_refused(folder):
    run(folder, "activate")
    for given in ("ffffffffffff", "", "sha256:"):
        assert "rules versions" in run(folder, "approve", given, fails=True)
