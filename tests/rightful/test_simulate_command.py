"""`rightful rules simulate` on a small company: table, data, page, and what it refuses."""
import json

import pytest
from typer.testing import CliRunner

from rightful.cli.main import app
from rules.exports.shipped import PROFILES
from tests.serving import small_company
from tests.serving.console.markup import Page

HEADER = "item_id,kind,received_at,owner_id,assigned_at,ended_at,end,outcome,country,consent,value\n"


def history(rows=60):
    """Leads from Germany and the United States that ann and eve had; ann converts every second one, eve all of hers."""
    lines = []
    for number in range(rows):
        day, end = f"2026-03-{number % 28 + 1:02}", "2026-05-01" if number + 1 == rows else f"2026-03-{number % 28 + 1:02}"
        owner, country = ("eve", "FR") if number % 3 == 0 else ("ann", "US")
        outcome = "converted" if owner == "eve" or number % 2 else "lost"
        lines.append(f"L-{number},lead,{day}T08:00:00Z,{owner},{day}T09:00:00Z,{end}T12:00:00Z,resolved,{outcome},{country},"
                     "granted,100\n")
    return HEADER + "".join(lines)


@pytest.fixture
def workspace(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    (folder / "history.csv").write_text(history(), encoding="utf-8")
    changed = small_company.RULEBOOK.replace("country: [DE, US]}, to: sales", "country: [DE, US]}, to: solo")
    (folder / "new.yaml").write_text(changed)
    return folder


def run(workspace, *words, after="new.yaml", before="rulebook.yaml", file="history.csv"):
    paths = [str(workspace / name) if name.endswith(".yaml") else name for name in (before, after)]
    return CliRunner().invoke(app, ["rules", "simulate", *paths, "--history", str(workspace / file),
                                    "--workspace", str(workspace), *words])


def told(workspace, *words, **named):
    done = run(workspace, *words, "--json", **named)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_as_data_it_tells_moves_load_coverage_answers_and_value(workspace):
    data = told(workspace)
    assert list(data) == ["before", "after", "history", "unreadable", "items", "from", "to", "at", "moved", "moves", "load",
                          "coverage", "newly_uncovered", "newly_covered", "sla", "playbook_changed", "other_owners_eligible",
                          "expected", "turns"]
    assert (data["items"], data["moved"]) == (60, {"items": 40, "share": 2 / 3})
    assert [(move["from"], move["to"], move["items"]) for move in data["moves"]] == [("sales", "solo", 40)]
    assert {each["to"]: (each["before"], each["after"]) for each in data["load"]} == {"sales": (40, 0), "solo": (20, 60)}
    assert data["expected"]["before"] == pytest.approx(40 * 100 * 19 / 40 + 20 * 100)   # ann's last one came after 30 days
    assert data["expected"]["after"] == pytest.approx(60 * 100)
    assert {each["owner_id"]: each["after"] for each in data["turns"]["owners"]}["eve"] == 60


def test_as_a_table_it_says_what_moves(workspace):
    words = run(workspace).stdout
    assert "40 of 60 items move (66.7%), each at the moment it was received, 2026-03-01 to 2026-03-28" in words
    assert "no experiment" in words


def test_as_a_page_it_stands_alone(workspace):
    (workspace / "fairness_groups.csv").write_text("owner_id,site\nann,north\nbob,north\ncleo,north\ndan,north\neve,south\n")
    done = run(workspace, "--html", str(workspace / "moves.html"))
    assert done.exit_code == 0, done.output
    page = Page((workspace / "moves.html").read_text(encoding="utf-8"))
    assert "40 of 60 items move" in page.text and "under 5" in page.text and page.count("h1") == 1
    assert not page.attributes("src") and not page.attributes("href")
    assert "default-src 'none'" in " ".join(page.attributes("content"))


def test_only_the_newest_items_are_taken_where_asked(workspace):
    data = told(workspace, "--last", "10")
    assert (data["items"], data["from"]) == (10, "2026-03-24T08:00:00Z")


def test_an_item_assigned_twice_counts_once_as_it_came_first(workspace):
    text = history(2) + "L-1,lead,2026-03-09T08:00:00Z,bob,2026-03-09T09:00:00Z,,open,,DE,granted,100\n"
    (workspace / "history.csv").write_text(text)
    assert told(workspace)["items"] == 2


def test_a_list_of_items_will_do_and_has_no_value(workspace):
    (workspace / "items.csv").write_text("item_id,kind,received_at,country,consent\nL-1,lead,2026-03-01T08:00:00Z,US,granted\n"
                                         "L-2,leaf,2026-03-01T08:00:00Z,US,granted\n")
    data = told(workspace, file="items.csv")
    assert (data["items"], data["unreadable"], data["moved"]["items"], data["expected"]) == (1, 1, 1, None)


def test_short_rows_of_the_history_and_of_the_groups_are_told_beside_the_answer(workspace, caplog):
    (workspace / "items.csv").write_text("# late\nitem_id,kind,received_at,country,consent\n"
                                         "L-1,lead,2026-03-01T08:00:00Z,US,granted\nL-2,lead,2026-03-01T08:00:00Z,US\n")
    (workspace / "fairness_groups.csv").write_text("owner_id,site,team\nann,north,a\neve\n")
    assert told(workspace, file="items.csv")["items"] == 2
    words = "rows with fewer cells than the header, the rest taken as empty; lines, with how many cells each has"
    assert [message.rpartition(";")[0] for message in caplog.messages] == [
        f"items.csv: {words}: 4 (4)", f"fairness_groups.csv: {words}: 3 (1)"]


def test_outcomes_that_no_setting_counts_as_success_have_no_value(workspace):
    (workspace / "rightful.toml").write_text("")
    assert told(workspace)["expected"] is None
    assert "expected value: not known" in run(workspace).stdout


def test_the_active_book_and_a_kept_hash_can_be_named(workspace):
    from serving.runtime.live import Live
    from serving.runtime.workspace import Workspace

    opened = Workspace.at(workspace)
    digest = Live(opened).in_force.book.digest
    opened.close()
    assert told(workspace, before="active")["before"] == {"name": "active", "rulebook": digest, "version": "2026.1"}
    assert told(workspace, before=digest, after="active")["moved"]["items"] == 0
    assert told(workspace, before=digest.removeprefix("sha256:")[:8], after="active")["before"]["rulebook"] == digest


@pytest.mark.parametrize(("named", "said"), [
    ({"before": "active"}, "no rule book is active yet"), ({"after": "sha256:none"}, "the store holds no rulebook"),
    ({"file": "none.csv"}, "cannot be read"), ({"after": "none.yaml"}, "none.yaml")])
def test_what_cannot_be_simulated_is_refused_with_the_reason(workspace, named, said):
    done = run(workspace, **named)
    assert done.exit_code == 1
    assert said in str(done.exception) + done.output


def test_a_profile_it_does_not_know_is_refused(workspace):
    done = run(workspace, "--profile", "hubspott")
    assert done.exit_code == 1 and "did you mean `hubspot`?" in str(done.exception)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_of_an_import_is_simulated(workspace, profile):
    files = {"generic": HEADER + "1,lead,2026-03-01T08:00:00Z,,,,,,US,granted,1\n",
             "hubspot": "Record ID,Contact owner,Create Date,Lifecycle Stage,Country\n1,,2026-03-01 08:00,Lead,US\n",
             "salesforce": "Id,CreatedDate,OwnerId,IsConverted,Company,Status,Country\n"
                           "00Q36000001AnnL,2026-03-01T08:00:00.000+0000,,false,ACME,Open,US\n",
             "salesforce-report": "Lead ID,Create Date,Lead Owner,Lead Status,Company / Account,Country\n"
                                  "00Q36000001AnnL,2026-03-01 08:00,,Open,ACME,US\n",
             "servicenow": "number,opened_at,assigned_to,assignment_group,country\nINC1,2026-03-01 08:00:00,,desk,US\n"}
    (workspace / "export.csv").write_text(files[profile], encoding="utf-8")
    (workspace / "m.yaml").write_text(f"mapping: 1\nextends: {profile}\ntime_zone: UTC\n" + (
        "records: {incident: {columns: {kind: {value: lead}}}}\n" if profile == "servicenow" else ""), encoding="utf-8")
    words = () if profile in ("generic", "salesforce") else ("--mapping", str(workspace / "m.yaml"))
    data = told(workspace, "--profile", profile, *words, file="export.csv")
    assert (data["items"], data["unreadable"], data["from"]) == (1, 0, "2026-03-01T08:00:00Z")


def test_a_file_without_any_readable_item_is_refused(workspace):
    (workspace / "empty.csv").write_text("item_id,kind,received_at\n", encoding="utf-8")
    assert "holds no item" in str(run(workspace, file="empty.csv").exception)
