"""People and accounts brought in again: merged by id, told cell by cell, and what that does to the open items."""
import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from rules.errors import DirectoryError, Refused
from rules.refdata.record_ids import long_id
from serving.imports.files import import_file
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.directory_changes import restore_directory
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from tests.serving.imports.damaged.company import csv_of

SELLERS = tuple(f"0055g0000{number}SELLr" for number in range(1, 8))          # of 15 letters, as a report writes them
BOOK = """\
rulebook: 1
version: 1
effective_from: 2024-01-01T00:00:00Z
owner: revops@example.com
attributes:
  kind: {enum: [lead, account]}
  country: {type: country}
teams: {field: {kind: team}, triage: {kind: queue}}
compliance:
  - {id: licence, require: {owner.certifications: [gas]}, when: {country: [DE]}}
stages:
  - stage: territory
    rules: [{id: german, when: {country: [DE]}, to: field}]
  - stage: fallback
    rules: [{id: rest, to: triage, reason: no_territory}]
availability: {capacity: require}
"""
OWNERS = ("# kept by hand; ask Ines before you change a licence\n\nname,owner_id,kind,certifications,max_open,email,time_zone\n"
          + "".join(f'"Seller, {number}",{owner},person,gas:2099-12-31;"hvac",{10 + number},s{number}@example.com,Europe/Berlin\n'
                    for number, owner in enumerate(SELLERS, start=1)).replace(';"hvac"', ";hvac")
          + "Triage,triage,queue,,,,\n")


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "ws"
    folder.mkdir()
    memberships = "owner_id,team,role,from,to\n" + "".join(f"{owner},field,lead,,\n" for owner in SELLERS)
    for name, text in (("rulebook.yaml", BOOK), ("owners.csv", OWNERS), ("memberships.csv", memberships)):
        (folder / name).write_text(text, encoding="utf-8")
    made = Workspace.at(folder)
    yield made
    made.close()


def users(*changes, left_out=()):
    """What the CRM says of the sellers: neither licences nor limits, in its own order, under ids of 18 letters."""
    header = ["Id", "Username", "Name", "Email", "IsActive", "TimeZoneSidKey", "LastLoginDate", "Department"]
    rows = {owner: [long_id(owner)[0], f"u{number}", f"Seller, {number}", f"s{number}@example.com", "true", "Europe/Berlin", "",
                    ""]
            for number, owner in enumerate(SELLERS, start=1) if owner not in left_out}
    for owner, column, value in changes:
        rows.setdefault(owner, [owner, "new", "New", "", "true", "", "", ""])[header.index(column)] = value
    return csv_of([header, *reversed(rows.values())])


def bring(workspace, text, *, what="owners", profile="salesforce", **more):
    path = workspace.folder.parent / "export.csv"
    path.write_text(text, encoding="utf-8")
    return import_file(workspace, path, what=what, profile=profile, **more)


def lead(number=1, country="DE"):
    return {"item_id": f"L-{number}", "kind": "lead", "country": country, "received_at": "2026-11-01T09:00:00Z"}


def eligible(workspace):
    done = Decider(Live(workspace)).decide(DecideCommand(item=lead(), at=datetime.now(UTC)))
    return json.loads(done.canonical)["eligibility"]["eligible"]


def texts(workspace):
    return {path.name: path.read_bytes() for path in workspace.folder.glob("*.csv")}


def test_seven_may_have_an_item_before_and_seven_after_people_are_brought_in_again(workspace):
    before = texts(workspace)
    assert eligible(workspace) == 7
    report = bring(workspace, users())
    assert eligible(workspace) == 7
    assert texts(workspace) == before
    assert (report.update.added, report.update.changed, report.update.ended, report.update.stay) == ((), (), (), 1)


def test_only_the_bytes_of_what_the_file_says_change(workspace):
    report = bring(workspace, users((SELLERS[2], "Email", "third@example.com")))
    assert texts(workspace)["owners.csv"].decode() == OWNERS.replace("s3@example.com", "third@example.com")
    assert [(one.row_id, one.column, one.before, one.after) for one in report.update.changed] == [
        (SELLERS[2], "email", "s3@example.com", "third@example.com")]
    assert eligible(workspace) == 7


def test_who_is_not_in_the_file_stays_and_who_is_new_is_added_with_their_team(workspace):
    new = "0055g00009NEWbieAA"
    report = bring(workspace, users((new, "Department", "Field"), left_out=SELLERS[:3]))
    assert len(report.update.added) == 1
    assert (report.update.stay, eligible(workspace)) == (3 + 1, 7)
    assert texts(workspace)["memberships.csv"].decode().endswith(f"{report.update.added[0]},field,member,,\n")


def test_a_role_that_is_kept_by_hand_is_not_made_plain_membership(workspace):
    before = texts(workspace)
    bring(workspace, users(*((owner, "Department", "Field") for owner in SELLERS)))
    assert texts(workspace) == before


def test_people_end_only_when_asked_and_come_back_byte_for_byte(workspace):
    before = texts(workspace)
    report = bring(workspace, users(left_out=SELLERS[:2]), replace_all=True)
    assert report.update.ended == SELLERS[:2] and eligible(workspace) == 5
    assert texts(workspace)["owners.csv"].decode().count("\n") == OWNERS.count("\n")
    restore_directory(workspace, report.files_before[7:17], actor="test")
    assert texts(workspace) == before and eligible(workspace) == 7
    with pytest.raises(Refused, match="none begin so"):
        restore_directory(workspace, "abc", actor="test")


def test_memberships_of_people_in_the_file_end_when_asked(workspace):
    kept = [(owner, "Department", "Field") for owner in SELLERS[1:]]
    moved = bring(workspace, users((SELLERS[0], "Department", "Inside"), *kept), replace_all=True)
    assert moved.update.left == ((SELLERS[0], "field"),) and moved.update.joined == ((SELLERS[0], "inside"),)
    assert eligible(workspace) == 6


def test_a_dry_run_tells_what_happens_to_the_open_items_and_changes_nothing(workspace):
    for number in range(3):
        Decider(Live(workspace)).decide(DecideCommand(item=lead(number), mode="assign", key=str(number)))
    (workspace.folder / "memberships.csv").write_text(f"owner_id,team\n{SELLERS[0]},field\n{SELLERS[1]},field\n")
    before = texts(workspace)
    off = [(owner, column, value) for owner in SELLERS[:2] for column, value in (
        ("IsActive", "false"), ("LastLoginDate", "2026-01-05T08:00:00.000Z"))]
    one = bring(workspace, users(*off[:2]), dry_run=True)
    assert one.effects.as_json() == {"open_items": 3, "lose": 3, "gain": 0, "left_with_nobody": []}
    two = bring(workspace, users(*off, ("0055g00009NEWbieAA", "Department", "Elsewhere")), dry_run=True)
    assert sorted(two.effects.nobody) == ["L-0", "L-1", "L-2"]
    assert texts(workspace) == before


def test_who_carries_more_than_they_may_from_now_on_is_told(workspace):
    bring(workspace, f"owner_id,max_open\n{SELLERS[0]},3\n", profile="generic")
    (workspace.folder / "memberships.csv").write_text(f"owner_id,team\n{SELLERS[0]},field\n")
    for number in range(3):
        Decider(Live(workspace)).decide(DecideCommand(item=lead(number), mode="assign", key=str(number)))
    report = bring(workspace, f"owner_id,max_open\n{SELLERS[0]},1\n", profile="generic", dry_run=True)
    assert [(one.owner_id, one.open_items, one.max_open) for one in report.over_capacity] == [(SELLERS[0], 3, 1)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_of_our_own_columns_may_hold_some_of_them_and_empty_cells_say_nothing(workspace, end):
    (workspace.folder / "owners.csv").write_bytes(OWNERS.replace("\n", end).encode())
    bring(workspace, f"max_open,owner_id,certifications\n,{SELLERS[0]},\n99,{SELLERS[1]},\n", profile="generic")
    assert texts(workspace)["owners.csv"].decode() == OWNERS.replace(f"{SELLERS[1]},person,gas:2099-12-31;hvac,12", (
        f"{SELLERS[1]},person,gas:2099-12-31;hvac,99")).replace("\n", end)


def test_a_fault_is_told_on_the_line_of_the_file_and_nothing_is_written(workspace):
    before = texts(workspace)
    with pytest.raises(DirectoryError, match=r"export.csv:3.*`lots`"):
        bring(workspace, f"owner_id,max_open\n{SELLERS[0]},5\n{SELLERS[1]},lots\n", profile="generic")
    with pytest.raises(DirectoryError, match="did you mean `max_open`"):
        bring(workspace, f"owner_id,max_opne\n{SELLERS[0]},5\n", profile="generic")
    assert texts(workspace) == before
    report = bring(workspace, f"owner_id,max_open\n{SELLERS[0]},5\n{SELLERS[1]},lots\n", profile="generic", skip_bad=True)
    assert (report.kept, report.bad_lines, sum(report.fates.values())) == (1, (3,), 2)


def test_ids_that_a_spreadsheet_spoilt_make_nobody_new_and_cells_are_written_safe(workspace):
    (workspace.folder / "new.csv").write_text(
        'owner_id,kind,name,max_open\n1.23457E+14,person,Ann,-1\n"=""0017""",person,@ann,7\n7.1E+09,person,Eve,7\n')
    with pytest.raises(DirectoryError, match="new.csv:2: a spreadsheet rounded the id; column `owner_id`; given `1.23457E.14`"):
        import_file(workspace, workspace.folder / "new.csv", what="owners")
    report = import_file(workspace, workspace.folder / "new.csv", what="owners", skip_bad=True)
    assert report.fates == {"owners": 1, "cannot be used, told by line": 2} and report.bad_lines == (2, 4)
    assert [one.message.rpartition(": ")[2] for one in report.repairs if one.code == "unwrapped"] == ["`0017` (3)"]
    assert (workspace.folder / "owners.csv").read_text().splitlines()[-1].startswith("'@ann,0017,person,")
    assert Live(workspace).in_force.directory.owners["0017"].name == "@ann"


def test_replacing_is_for_people_and_accounts(workspace):
    with pytest.raises(Refused, match="expected owners or accounts"):
        bring(workspace, "item_id\n1\n", what="items", profile="generic", replace_all=True)


# -- accounts -------------------------------------------------------------------------------------------------------------

KEPT = ("account_id,name,parent_id,tier,country\n0015g000001TOPaAAG,Top,,gold,DE\n"
        "0015g000001MIDaAAG,Middle,0015g000001TOPaAAG,,DE\n"
        "0015g000001OLDaAAG,Old,,silver,FR\n")


@pytest.fixture
def accounts(workspace):
    (workspace.folder / "accounts.csv").write_text(KEPT, encoding="utf-8")
    return workspace


def account_rows(*rows):
    return csv_of([["Id", "Name", "ParentId", "BillingCountry", "NumberOfEmployees"], *rows])


def test_accounts_merge_and_those_not_in_the_file_stay_with_their_tier(accounts):
    report = bring(accounts, account_rows(["0015g000001MIDaAAG", "Middle AG", "", "", ""],
                                          ["0015g000001NEWaAAG", "New", "0015g000001OLDaAAG", "FR", ""]), what="accounts")
    (new,) = report.update.added
    assert texts(accounts)["accounts.csv"].decode() == KEPT.replace("Middle", "Middle AG") + f"{new},New,0015g000001OLDaAAG,,FR\n"
    assert report.update.stay == 2


def test_an_account_goes_only_when_asked_and_never_from_above_one_that_stays(accounts):
    report = bring(accounts, account_rows(["0015g000001MIDaAAG", "Middle", "", "", ""]), what="accounts", replace_all=True)
    assert report.update.ended == ("0015g000001OLDaAAG",)
    assert "Top" in texts(accounts)["accounts.csv"].decode()


# -- at the command line --------------------------------------------------------------------------------------------------


def test_the_command_tells_cell_by_cell_and_how_to_go_back(workspace, monkeypatch):
    from rightful.cli.main import app

    monkeypatch.chdir(workspace.folder)
    path = workspace.folder.parent / "users.csv"
    path.write_text(users((SELLERS[0], "Email", "first@example.com"), left_out=SELLERS[5:]), encoding="utf-8")
    told = CliRunner().invoke(app, ["import", str(path), "--what", "owners", "--profile", "salesforce", "--replace", "--dry-run"])
    for words in ("added: 0", f"ended: 2 ({SELLERS[5]}, {SELLERS[6]})", "changed: 1, not in the file and kept: 1",
                  f"{SELLERS[0]}: email s1@example.com -> first@example.com", "of 0 open items", "nothing was changed"):
        assert words in told.stdout, words
    done = CliRunner().invoke(app, ["import", str(path), "--what", "owners", "--profile", "salesforce"])
    back = next(line for line in done.stdout.splitlines() if "brings them back" in line).split("`")[1].split()[1:]
    assert CliRunner().invoke(app, back).exit_code == 0
    assert (workspace.folder / "owners.csv").read_text() == OWNERS
    kept = CliRunner().invoke(app, ["owners", "restore", "--json"])
    assert len(json.loads(kept.stdout)) == 2
