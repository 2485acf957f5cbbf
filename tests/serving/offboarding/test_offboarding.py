"""Somebody leaves the small company: the plan, what it says, and that it is applied as a whole or not at all."""
import json
import os
import signal
import subprocess
import sys
from datetime import date

import pytest
from typer.testing import CliRunner

import rightful.cli.main as rightful
from rules.book.reading import read_book_files
from rules.digests import digest_of_files
from rules.errors import Refused
from serving.actions.commands import ActionCommand
from serving.actions.service import Actions
from serving.offboarding import apply as applying
from serving.offboarding.apply import StalePlan, apply_plan, plan_for
from serving.offboarding.open_items import read_open_items
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from serving.store import capacity
from tests.serving import small_company
from tests.serving.small_company import lead

LAST_DAY = date(2199, 6, 27)
ACCOUNTS = "account_id,name,domain\nacme,Acme,acme.example\nbolt,Bolt,bolt.example\n"
BOOK = small_company.RULEBOOK.replace("  - stage: territory", "  - {stage: named, table: tables/named.csv}\n  - stage: territory")


@pytest.fixture
def workspace(tmp_path):
    """The small company with two accounts; dan holds six leads, two of them of acme, and ann one of acme."""
    folder = small_company.build(tmp_path / "ws")
    (folder / "tables").mkdir()
    (folder / "tables" / "named.csv").write_text("account_id,owner_id\nbolt,dan\n")
    (folder / "rulebook.yaml").write_text(BOOK + "tests:\n  - {name: bolt is dan's, at: 2199-12-02T15:00:00Z, "
                                          "item: {kind: lead, country: US, consent: granted, account: bolt}, "
                                          "expect: {owner_id: dan}}\n")
    (folder / "accounts.csv").write_text(ACCOUNTS)
    owners = (folder / "owners.csv").read_text().replace("weight\n", "weight,certifications,manager_id\n")
    for before, after in (("en,US,,1\neve", "en,US,,1,gas,\neve"), ("de,EU,,1", "de,EU,2,1,,dan")):
        owners = owners.replace(before, after)
    (folder / "owners.csv").write_text(owners)
    made = Workspace.at(folder)
    live = Live(made)
    for number, account in enumerate(("acme", "acme", None, None, None, None)):
        give(live, "dan", f"D-{number}", account=account, value=1000 * (number + 1))
    give(live, "ann", "A-0", account="acme")
    yield made
    made.close()


def give(live, owner_id, item_id, *, account=None, **more):
    others = tuple(name for name in ("ann", "bob", "cleo", "dan", "eve") if name != owner_id)
    item = lead(item_id, **({"account": account} if account else {}), **more)
    document = Decider(live).decide(DecideCommand(item=item, mode="assign", exclude=others)).document
    assert document.owner.owner_id == owner_id, document.warnings


def open_items(workspace):
    """Open items by owner, by the events and by the capacity rows, which must agree."""
    with workspace.store.reading() as connection:
        held = read_open_items(connection, Live(workspace).in_force.directory, small_company.NOON).by_owner
        for owner_id in ("ann", "bob", "cleo", "dan", "eve"):
            assert (capacity.open_items(connection, owner_id) or 0) == len(held.get(owner_id, ()))
    return {owner_id: sorted(event.item_id for event in events) for owner_id, events in held.items()}


def leave(workspace, *words, ok=True):
    done = CliRunner().invoke(rightful.app, ["owners", "leave", "dan", "--on", LAST_DAY.isoformat(), *words, "--workspace",
                                             str(workspace.folder)])
    assert (done.exit_code == 0) is ok, (done.output, done.exception)
    return done


def test_every_item_finds_an_owner_within_their_room_and_accounts_keep_a_face(workspace):
    plan = plan_for(workspace, "dan", LAST_DAY)
    assert plan.proved and len(plan.moves) == 6
    takers = {move.item_id: move.to for move in plan.moves}
    assert takers["D-0"] == takers["D-1"] == "ann"
    assert all(move.reason.endswith("knows the account") for move in plan.moves if move.account == "acme")
    assert set(takers.values()) <= {"ann", "bob", "cleo"}
    counts = [list(takers.values()).count(name) for name in ("ann", "bob")]
    assert counts[0] <= 2 and counts[1] <= 2                     # ann has room for 3 and holds one, bob for 2


def test_what_names_the_leaver_is_told(workspace):
    notes = {note.kind: note for note in plan_for(workspace, "dan", LAST_DAY).notes}
    assert (notes["named_account"].file, notes["named_account"].line, notes["named_account"].subject) == (
        "tables/named.csv", 2, "bolt")
    assert notes["last_certificate"].subject == "gas"
    assert notes["manager"].subject == "bob"
    assert notes["failing_test"].subject == "bolt is dan's"
    assert "team_left_empty" not in notes
    assert {note.kind: note.subject for note in plan_for(workspace, "eve", LAST_DAY).notes} == {"team_left_empty": "solo"}


def test_what_is_named_for_the_leaver_is_handed_to_their_team(workspace):
    give(Live(workspace), "dan", "D-bolt", account="bolt")
    [bolt] = [move for move in plan_for(workspace, "dan", LAST_DAY).moves if move.item_id == "D-bolt"]
    assert bolt.to not in (None, "dan") and bolt.to_team == "sales" and "named/bolt" in bolt.reason


def test_an_item_that_nobody_may_take_is_named_with_the_reason(workspace):
    give(Live(workspace), "dan", "D-bolt", account="bolt")
    (workspace.folder / "memberships.csv").write_text("owner_id,team\ndan,sales\neve,solo\n")
    left = next(move for move in plan_for(workspace, "dan", LAST_DAY).moves if move.item_id == "D-bolt")
    assert left.to is None and "leads" in left.reason and "excluded: 1" in left.reason


def test_a_queue_that_leaves_takes_nothing_over_from_itself(workspace):
    with (workspace.folder / "owners.csv").open("a") as file:
        file.write("manual-review,Review,queue,,,,,,,\n")
    case = {**lead("C-1"), "kind": "case"}
    document = Decider(Live(workspace)).decide(DecideCommand(item=case, mode="assign")).document
    with workspace.store.reading() as connection:
        held = read_open_items(connection, Live(workspace).in_force.directory, small_company.NOON).by_owner
    assert document.owner.owner_id == "manual-review"
    moves = plan_for(workspace, "manual-review", LAST_DAY).moves
    assert len(moves) == len(held.get("manual-review", ())) and all(move.to is None for move in moves)


def test_where_room_is_short_what_is_left_over_says_so(workspace):
    (workspace.folder / "memberships.csv").write_text("owner_id,team\nann,sales\nbob,sales\ndan,sales\neve,solo\n")
    plan = plan_for(workspace, "dan", LAST_DAY)
    assert sum(move.to == "ann" for move in plan.moves) == sum(move.to == "bob" for move in plan.moves) == 2
    assert all("have no room left" in move.reason for move in plan.moves if move.to is None)


def test_what_items_weigh_counts_against_a_load(workspace):
    book = workspace.rulebook_path
    book.write_text(book.read_text().replace("none_free: {then: queue}}", "none_free: {then: queue}, weights: {lead: 0.5}}"))
    workspace.store.activate("rulebook", digest_of_files(read_book_files(book)), read_book_files(book), actor="me")
    owners = workspace.folder / "owners.csv"
    owners.write_text(owners.read_text().replace("manager_id\n", "manager_id,max_load\n").replace(
        "cleo,Cleo,person,UTC,en,EU,,1", "cleo,Cleo,person,UTC,en,EU,,1,,,0.5"))
    plan = plan_for(workspace, "dan", LAST_DAY)
    assert [sum(move.to == name for move in plan.moves) for name in ("ann", "bob", "cleo")] == [2, 2, 1]
    assert ["have no room left" in move.reason for move in plan.moves if move.to is None] == [True]
    apply_plan(workspace, plan, actor="hr")
    assert len(open_items(workspace)["cleo"]) == 1


def test_a_preview_changes_nothing_and_its_plan_is_applied_as_shown(workspace):
    before = open_items(workspace), (workspace.folder / "owners.csv").read_text(), workspace.store.head()
    shown = json.loads(leave(workspace, "--json").output)
    assert (open_items(workspace), (workspace.folder / "owners.csv").read_text(), workspace.store.head()) == before
    done = json.loads(leave(workspace, "--apply", "--plan", shown["plan"], "--actor", "hr", "--json").output)
    assert done["applied"] and done["moves"] == shown["moves"]
    held = open_items(workspace)
    assert "dan" not in held
    for move in shown["moves"]:
        assert move["item_id"] in held[move["to"]]
        [action] = workspace.store.actions(move["assignment_id"])
        assert (action.kind, action.actor, action.owner_id) == ("handed_over", "hr", move["to"])
        assert workspace.store.standing(move["assignment_id"]).state == "reassigned"
    directory = Live(workspace).in_force.directory
    assert directory.owners["dan"].active.ends == LAST_DAY
    assert [row.span.ends for row in directory.members["sales"] if row.owner_id == "dan"] == [LAST_DAY]
    assert workspace.store.changes("directory")[0].actor == "hr"


def test_the_table_names_who_takes_what_and_how_to_go_on(workspace):
    told = leave(workspace).output
    assert "6 of 6 open items handed over" in told and "--apply --plan sha256:" in told and "nothing was changed" in told


@pytest.mark.parametrize("happens", ["an item more", "an item less", "a member more", "another book", "a taker is full"])
def test_a_plan_that_is_stale_is_refused_and_leaves_nothing(workspace, happens):
    plan = plan_for(workspace, "dan", LAST_DAY)
    change_something(workspace, happens)
    before = open_items(workspace), (workspace.folder / "owners.csv").read_text(), workspace.store.head().last_seq
    with pytest.raises(StalePlan, match="make it anew"):
        apply_plan(workspace, plan, actor="hr")
    assert (open_items(workspace), (workspace.folder / "owners.csv").read_text(), workspace.store.head().last_seq) == before


def change_something(workspace, happens):
    live = Live(workspace)
    if happens == "an item more":
        give(live, "dan", "D-9")
    elif happens == "an item less":
        held = plan_for(workspace, "dan", LAST_DAY).moves[0]
        Actions(live).act(ActionCommand(kind="reject", decision_id=held.assignment_id, reason="no_capacity"))
    elif happens == "a member more":
        with (workspace.folder / "memberships.csv").open("a") as file:
            file.write("eve,sales,,,\n")
    elif happens == "another book":
        files = {"rulebook.yaml": small_company.RULEBOOK}
        workspace.store.activate("rulebook", digest_of_files(files), files, actor="me")
    else:
        for number in range(2):
            give(live, "ann", f"A-{number + 1}")


def test_an_error_in_the_middle_leaves_nothing(workspace, monkeypatch):
    plan = plan_for(workspace, "dan", LAST_DAY)
    before = open_items(workspace), (workspace.folder / "owners.csv").read_text(), workspace.store.head()
    given = []

    def fail(writing, action):
        given.append(action)
        if len(given) == 3:
            raise RuntimeError("the third goes wrong")

    monkeypatch.setattr(applying.action_log, "put", fail)
    with pytest.raises(RuntimeError):
        apply_plan(workspace, plan, actor="hr")
    assert (open_items(workspace), (workspace.folder / "owners.csv").read_text(), workspace.store.head()) == before


#: Applies the plan of a workspace in a process that is killed inside the function named.
KILLED = """
import os, signal, sys
from datetime import date
from serving.runtime import directory_changes
from serving.offboarding import apply as applying
from serving.offboarding.apply import plan_for
from serving.runtime.workspace import Workspace

module, name, calls = {"applying": applying, "directory_changes": directory_changes}[sys.argv[2]], sys.argv[3], [0]
known = getattr(module, name)

def until_killed(*given, **named):
    calls[0] += 1
    if calls[0] == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
    return known(*given, **named)

setattr(module, name, until_killed)
workspace = Workspace.at(sys.argv[1])
applying.apply_plan(workspace, plan_for(workspace, "dan", date(2199, 6, 27)), actor="hr")
"""


@pytest.mark.parametrize(("module", "name", "call", "is_kept"), [
    ("applying", "_give", 4, False), ("directory_changes", "digest_of_files", 1, False),
    ("directory_changes", "_write_files", 1, True), ("directory_changes", "write_whole", 2, True),
    ("directory_changes", "_note_written", 1, True)])
def test_a_kill_leaves_all_of_it_or_nothing(workspace, module, name, call, is_kept):
    before = open_items(workspace)
    done = subprocess.run([sys.executable, "-c", KILLED, str(workspace.folder), module, name, str(call)], timeout=60,
                          env={**os.environ, "PYTHONPATH": os.getcwd()}, check=False)
    assert done.returncode == -signal.SIGKILL
    again = Workspace.at(workspace.folder)
    directory = Live(again).in_force.directory
    if is_kept:
        assert directory.owners["dan"].active.ends == LAST_DAY and "dan" not in open_items(again)
    else:
        assert directory.owners["dan"].active.ends is None and open_items(again) == before
    assert (LAST_DAY.isoformat() in (again.folder / "owners.csv").read_text()) is is_kept
    assert (LAST_DAY.isoformat() in (again.folder / "memberships.csv").read_text()) is is_kept
    again.close()


def test_an_unknown_owner_and_a_day_that_is_none_are_refused(workspace):
    with pytest.raises(Refused, match="no owner `nobody`"):
        plan_for(workspace, "nobody", LAST_DAY)
    done = CliRunner().invoke(rightful.app, ["owners", "leave", "dan", "--on", "friday", "--workspace", str(workspace.folder)])
    assert done.exit_code == 2
