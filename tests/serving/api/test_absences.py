"""Absences over HTTP, and that no decision sees half of a change of the directory."""
import threading

import pytest

from rules.directory.merge import edit_rows
from rules.tabular import Row
from serving.api.shapes.owners import OwnerAbsences
from serving.api.shapes.problems import ProblemDocument
from serving.runtime import directory_changes
from serving.runtime.absences import put_absences
from serving.runtime.decide import DecideCommand
from serving.runtime.directory_changes import change_directory, finish_files
from serving.runtime.workspace import Workspace
from tests.serving.api.conftest import Api
from tests.serving.small_company import lead

ALWAYS = {"from": "2026-01-01", "to": "2199-01-01", "reason": "leave"}


def put(api, owner_id, *absences, **headers):
    return api.call("PUT", f"/v1/owners/{owner_id}/absence", json={"absences": list(absences)},
                    headers={name.replace("_", "-"): text for name, text in headers.items()})


def candidates(api):
    return {candidate["owner_id"] for candidate in api.recommend()["candidates"]}


def test_an_absence_holds_from_the_next_decision_on_and_stands_in_the_file(api):
    assert "ann" in candidates(api)
    answer = put(api, "ann", ALWAYS, X_Actor="hr")
    assert answer.status_code == 200
    OwnerAbsences.model_validate(answer.json())
    document = api.recommend()
    assert document["versions"]["directory"] == answer.json()["directory"]
    assert [(out["rule"], out["owners"]) for out in document["eligibility"]["excluded"]] == [("absence", ["ann"])]
    assert (api.folder / "absences.csv").read_text() == "owner_id,from,to,reason\nann,2026-01-01,2199-01-01,leave\n"
    assert api.live.store.changes("directory")[0].actor == "hr"
    assert all(replayed.identical for replayed in api.replays())


def test_putting_replaces_all_of_one_owner_and_leaves_the_others_as_they_are(api):
    (api.folder / "absences.csv").write_text("# holidays\nowner_id,from,to,reason\nbob,2026-05-01,,\nann,2026-01-01,,old\n")
    api.live.refresh()
    assert put(api, "ann").json()["absences"] == []
    assert (api.folder / "absences.csv").read_text() == "# holidays\nowner_id,from,to,reason\nbob,2026-05-01,,\n"
    assert candidates(api) == {"ann", "cleo", "dan"}
    told = api.get("/v1/owners/bob/absence").json()
    assert told["absences"] == [{"from": "2026-05-01", "to": None, "reason": None}]


def test_putting_the_same_twice_changes_nothing(api):
    first = put(api, "ann", ALWAYS).json()
    changes = len(api.live.store.changes("directory"))
    assert put(api, "ann", ALWAYS).json() == first
    assert len(api.live.store.changes("directory")) == changes


def test_absences_read_before_somebody_else_changed_them_are_refused(api):
    read = api.get("/v1/owners/ann/absence").headers["etag"]
    assert put(api, "ann", ALWAYS, If_Match=read).status_code == 200
    stale = put(api, "ann", If_Match=read)
    assert stale.status_code == 412
    ProblemDocument.model_validate(stale.json())
    assert "ann" not in candidates(api)


def test_what_is_no_absence_is_refused_with_its_field(api):
    for body, field in (({"from": "noon"}, "absences.0.from"), ({}, "absences.0"), ({"from": "2026-02-30"}, "absences.0.from")):
        answer = put(api, "ann", body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["problems"][0]["field"] == field
    assert put(api, "nobody", ALWAYS).status_code == 404
    assert api.get("/v1/owners/nobody/absence").status_code == 404
    assert put(api, "ann", {**ALWAYS, "until": "noon"}).status_code == 422
    assert "ann" in candidates(api) and not (api.folder / "absences.csv").exists()


def test_no_decision_sees_half_of_a_change_while_others_are_decided(api):
    """ann and bob leave in owners.csv together, cleo and dan in memberships.csv; each change moves all four."""
    decided, ended = [], threading.Event()

    def decide():
        while not ended.is_set():
            document = api.app.state.decider.decide(DecideCommand(item=lead())).document
            decided.append((document.versions.directory, frozenset(document.candidate_ids)))

    threads = [threading.Thread(target=decide) for _ in range(4)]
    for thread in threads:
        thread.start()
    kept = {api.live.in_force.directory.digest}
    for number in range(40):
        edit = _gone_in_owners if number % 2 else _away_by_membership
        changed = change_directory(api.live.workspace, edit, actor="hr", adopt=api.live.adopt_directory)
        kept.add(changed.directory.digest)
        at_once = api.app.state.decider.decide(DecideCommand(item=lead())).document
        assert at_once.versions.directory == changed.directory.digest
        api.live.refresh()
    ended.set()
    for thread in threads:
        thread.join()
    assert {digest for digest, _ in decided} <= kept
    assert {slate for _, slate in decided} <= {frozenset({"ann", "bob", "cleo", "dan"}), frozenset({"cleo", "dan"}),
                                               frozenset({"ann", "bob"})}
    assert len({slate for _, slate in decided}) >= 2


def _away(texts, in_owners, by_membership):
    """Nobody but these away: by a last day in owners.csv, by one in memberships.csv."""
    def away(name, column, gone):
        return edit_rows(texts[name], lambda cells: Row(line=0, cells={
            column: "2026-01-02" if cells["owner_id"] in gone else ""}), key="owner_id").text

    return {**texts, "owners.csv": away("owners.csv", "active_to", in_owners),
            "memberships.csv": away("memberships.csv", "to", by_membership)}


def _gone_in_owners(texts, _before):
    return _away(texts, ("ann", "bob"), ())


def _away_by_membership(texts, _before):
    return _away(texts, (), ("cleo", "dan"))


def test_a_change_whose_process_died_before_the_files_were_written_is_finished_by_the_next(api, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(directory_changes, "_write_files", _die)
        with pytest.raises(KeyboardInterrupt):
            put_absences(api.live, "ann", [ALWAYS], actor="hr", if_match=None)
    assert not (api.folder / "absences.csv").exists()
    api.live.workspace.close()
    again = Api(api.folder)
    assert "leave" in (api.folder / "absences.csv").read_text()
    assert "ann" not in candidates(again)
    assert finish_files(again.live.workspace) is False
    again.live.workspace.close()
    api.live = again.live


def _die(*_given):
    raise KeyboardInterrupt


def test_files_that_somebody_set_back_by_hand_stay_so(api):
    put(api, "ann", ALWAYS)
    api.live.workspace.close()
    (api.folder / "absences.csv").unlink()
    workspace = Workspace.at(api.folder)
    assert finish_files(workspace) is False and not (api.folder / "absences.csv").exists()
    workspace.close()


def test_a_change_that_the_store_cannot_keep_leaves_nothing_anywhere(api):
    before = api.live.in_force.directory.digest

    def refuse(_writing, _directory):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        change_directory(api.live.workspace, _away_by_membership, actor="hr", also=refuse, adopt=api.live.adopt_directory)
    assert api.live.in_force.directory.digest == before == api.live.store.active("directory")
    assert ",to" in (api.folder / "memberships.csv").read_text() and "2026-01-02" not in (
        api.folder / "memberships.csv").read_text()
