"""The commands `rules check | test | explain`: output, data and exits."""
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import rightful
from rightful.cli.rules import app

EXAMPLE = Path(__file__).parent.parent / "cases" / "books" / "example"
ITEM = {"item_id": "L-1", "kind": "lead", "received_at": "2026-11-25T15:00:00Z", "country": "USA", "state": "New York",
        "employees": 4000, "consent": "granted", "channel": "inbound"}


@pytest.fixture
def workspace(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "ws")
    return tmp_path / "ws"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def change(workspace, old, new):
    book = workspace / "rulebook.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def explain(workspace, item, *arguments):
    path = workspace / "item.json"
    path.write_text(item if isinstance(item, str) else json.dumps(item), encoding="utf-8")
    return run("explain", path, "--workspace", workspace, *arguments)


def test_check_prints_the_verdict(workspace):
    result = run("check", "--workspace", workspace)
    assert result.exit_code == 0 and "the rule book may be used: 10 rules, 0 errors, 4 warnings" in result.output


def test_check_as_data_has_the_fields_of_the_contract(workspace):
    report = json.loads(run("check", "--workspace", workspace, "--json").output)
    assert list(report) == ["ok", "rulebook", "rules", "proved", "findings", "complexity", "exceptions"]
    assert set(report["findings"][0]) == {
        "kind", "severity", "rules", "stage", "file", "line", "column", "message", "given", "expected", "nearest", "example"}


BORDER_CASE = ("    rules: [{id: catch-all,", "    rules: [{id: pilot, when: {kind: case}, to: manual-review, because: a pilot, "
               "expires: 2099-12-31}, {id: catch-all,")


def test_check_tells_how_many_rules_are_exceptions_and_what_they_took(workspace):
    change(workspace, *BORDER_CASE)
    before = run("check", "--workspace", workspace)
    assert "exceptions: 1 of the rules\n" in before.output and not (workspace / "rightful.db").exists()
    with rightful.open(workspace) as company:
        for number, kind in enumerate(("case", "case", "renewal")):
            company.recommend({**ITEM, "item_id": f"E-{number}", "kind": kind})
    assert "exceptions: 1 of the rules, used by 2 of the newest 3 decisions" in run("check", "--workspace", workspace).output
    told = json.loads(run("check", "--workspace", workspace, "--json").output)["exceptions"]
    assert told == {"rules": 1, "decisions": 2, "of": 3}


def test_check_refuses_a_broken_book_with_its_place(workspace):
    change(workspace, "to: smb-pool", "to: smb-poll")
    result = run("check", "--workspace", workspace)
    assert result.exit_code == 1 and "rulebook.yaml:52:75" in result.output and "did you mean `smb-pool`?" in result.output


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"", b"[[[[", b"rulebook: 1\nteams: &a {b: *a}\n"])
def test_check_answers_whatever_the_file_holds(workspace, damage):
    (workspace / "rulebook.yaml").write_bytes(damage)
    result = run("check", "--workspace", workspace, "--json")
    assert result.exit_code == 1 and not json.loads(result.output)["ok"]


def test_check_tells_faults_of_the_directory_too(workspace):
    (workspace / "memberships.csv").write_text("owner_id,team\no-nobody,smb-pool\n", encoding="utf-8")
    report = json.loads(run("check", "--workspace", workspace, "--json").output)
    assert [(f["kind"], f["file"], f["line"], f["given"]) for f in report["findings"] if f["severity"] == "error"] == [
        ("wrong_type", "memberships.csv", 2, "o-nobody")]


def test_check_finds_a_table_that_nobody_names(workspace):
    (workspace / "tables" / "old.csv").write_text("country\nDE\n", encoding="utf-8")
    report = json.loads(run("check", "--workspace", workspace, "--json").output)
    assert [f["given"] for f in report["findings"] if f["kind"] == "unused"] == ["tables/old.csv"]


def test_check_may_look_at_another_moment(workspace):
    assert run("check", "--workspace", workspace, "--at", "2030-01-01T00:00:00Z").exit_code == 0
    assert run("check", "--workspace", workspace, "--at", "2030-01-01").exit_code == 2


def test_test_passes_and_fails_by_its_exit(workspace):
    assert run("test", "--workspace", workspace).exit_code == 0
    change(workspace, "expect: {team: call-centre}", "expect: {team: stores}")
    result = run("test", "--workspace", workspace, "--json")
    report = json.loads(result.output)
    assert result.exit_code == 1 and [test["passed"] for test in report["tests"]] == [True, False]
    assert report["tests"][1]["got"] == {"team": "call-centre"}


def test_explain_shows_route_eligibility_and_every_stage(workspace):
    told = json.loads(explain(workspace, ITEM, "--at", "received", "--json").output)
    assert list(told) == ["item", "route", "eligibility", "stages"]
    assert told["route"]["rule"] == "na-ent-east" and told["eligibility"]["eligible_owners"] == ["o-kim", "o-ada"]
    counts = told["eligibility"]
    assert counts["eligible"] + sum(len(out["owners"]) for out in counts["excluded"]) == counts["considered"]
    assert counts["considered"] + counts["outside_team"] == 8
    assert {"rule": "smb", "matched": False, "failed": ["employees"]} in told["stages"][3]["rules"]


def test_explain_names_who_was_excluded_and_why(workspace):
    item = ITEM | {"account": "a-acme"}
    told = json.loads(explain(workspace, item, "--at", "2026-11-25T15:00:00Z", "--json").output)
    assert told["route"]["rule"] == "named/a-acme" and told["eligibility"]["eligible_owners"] == ["o-kim"]
    assert [(out["rule"], out["owners"]) for out in told["eligibility"]["excluded"]] == [("conflict", ["o-ada"])]


def test_explain_tells_what_compliance_took(workspace):
    told = json.loads(explain(workspace, ITEM | {"consent": "denied"}, "--at", "received", "--json").output)
    assert (told["route"]["stage"], told["route"]["rule"], told["route"]["team"]) == ("compliance", "no-consent", "nurture")
    assert told["eligibility"]["considered"] == 0


def test_explain_prints_tables(workspace):
    result = explain(workspace, ITEM, "--at", "received")
    assert result.exit_code == 0 and "route: stage territory, rule na-ent-east, team ent-sdr-east" in result.output


@pytest.mark.parametrize(("item", "words"), [
    ({**ITEM, "contry": "US"}, "did you mean `country`?"), ({**ITEM, "employees": False}, "employees"), ("{", "holds no JSON"),
    ("[1]", "holds no item"), ('{"kind": "lead", "employees": NaN}', "NaN"), ("[" * 100_000, "holds no JSON"),
    ({**ITEM, "kind": "leed"}, "did you mean `lead`?"),
])
def test_explain_refuses_an_item_that_cannot_be_read(workspace, item, words):
    result = explain(workspace, item)
    assert result.exit_code == 1 and words in str(result.exception)


def test_explain_refuses_a_book_that_is_not_in_force_yet(workspace):
    result = explain(workspace, ITEM, "--at", "2026-10-01T00:00:00Z")
    assert result.exit_code == 1 and "takes effect at `2026-11-01T00:00:00Z`" in str(result.exception)


@pytest.mark.parametrize("at", ["2026-12-02", "2026-12-02T15:00:00", "tomorrow"])
def test_explain_takes_no_time_without_offset(workspace, at):
    assert explain(workspace, ITEM, "--at", at).exit_code == 2


def test_every_command_has_an_example_in_its_help():
    for command in ("check", "test", "explain"):
        assert f"rightful rules {command}" in run(command, "--help").output


def test_the_commands_load_nothing_heavy_before_they_run():
    heavy = ("numpy", "babel", "yaml", "phonenumbers", "holidays", "rules.book.reading", "rules.routing.eligibility")
    code = f"import sys, rightful.cli.rules; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
