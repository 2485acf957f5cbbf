import shutil
from dataclasses import replace
from datetime import timedelta
from functools import partialmethod

import numpy as np
import orjson
import pytest
from sqlalchemy import update

from features.plan import FoldPlan
from rules.intake.item import read_item
from serving.decision import recommend
from serving.decision.request import EDITION
from serving.imports.files import import_file
from serving.runtime.context import ActiveConfig
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from serving.store import decision_log, tables
from tests.serving import small_company
from tests.serving.small_company import NOON, lead


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.at(small_company.with_model(tmp_path / "ws"))
    yield made
    made.close()


@pytest.fixture
def decided(workspace):
    """Decisions of every sort, at moments and states that do not come in order."""
    decider = Decider(Live(workspace))
    ids = []
    for number in range(12):
        at = NOON + timedelta(hours=number)
        country = ("US", "DE", "FR", "JP")[number % 4]
        item = lead(f"L-{number}", country=country, industry=("software", "manufacturing")[number % 2])
        ids.append(decider.decide(DecideCommand(item=item, at=at + timedelta(days=40))).decision_id)
        ids.append(decider.decide(DecideCommand(item=item, at=NOON - timedelta(days=number))).decision_id)
        ids.append(decider.decide(DecideCommand(item=item, mode="assign", at=at)).decision_id)
    workspace.store.set_ranking("rotation", "test")
    ids.append(decider.decide(DecideCommand(item=lead("L-99"), mode="assign", at=NOON + timedelta(days=1))).decision_id)
    return ids


def test_every_decision_comes_out_the_same_from_its_logged_inputs(workspace, decided):
    replays = list(Replayer(workspace).from_log(decided))
    assert [replayed for replayed in replays if not replayed.identical] == []
    assert len(replays) == len(decided) == 37


def test_every_decision_comes_out_the_same_from_the_events(workspace, decided):
    replays = list(Replayer(workspace).from_events(workspace.store.decision_ids()))
    assert [replayed for replayed in replays if not replayed.identical] == []
    assert sorted(replayed.decision_id for replayed in replays) == sorted(decided)


def test_what_nobody_recorded_is_replayed_as_it_stood_when_decided(workspace):
    """A decision of before, when it counted as a failure, is refolded so; one of today, when it has no label, so."""
    more = small_company.history(90).replace("H-", "B-").replace("lost", "").splitlines()
    (workspace.folder / "more.csv").write_text("\n".join(more), encoding="utf-8")
    import_file(workspace, workspace.folder / "more.csv", what="history")
    with pytest.MonkeyPatch.context() as then:
        then.setattr(FoldPlan, "__init__", partialmethod(FoldPlan.__init__, blank_fails=True))
        before = Decider(Live(workspace)).decide(DecideCommand(item=lead("L-1"), at=NOON + timedelta(days=20)))
    now = Decider(Live(workspace)).decide(DecideCommand(item=lead("L-2"), at=NOON + timedelta(days=20)))
    logged = Replayer(workspace)
    assert [logged.logged(one.decision_id).inputs.unrecorded for one in (before, now)] == [False, True]
    effects = [logged.logged(one.decision_id).inputs.matrix for one in (before, now)]
    assert not np.array_equal(*effects)
    assert [replayed.identical for replayed in logged.from_events([before.decision_id, now.decision_id])] == [True, True]


@pytest.mark.parametrize("edition", [1, 2, EDITION])
def test_a_decision_of_an_earlier_edition_starts_from_its_item_as_it_was_read_then(workspace, monkeypatch, edition):
    """The reader of then took every address for this company's; only what is of today's edition must be read alike."""
    def read_then(raw, **parts):
        return read_item({**raw, "email": "ann@another.example"}, **parts)

    with monkeypatch.context() as then:
        policy = ActiveConfig.policy
        then.setattr(ActiveConfig, "policy", lambda *given: replace(policy(*given), edition=edition))
        then.setattr(recommend, "read_item", read_then)
        made = Decider(Live(workspace)).decide(DecideCommand(item=lead("L-1", email="bob@one.example"), mode="assign", at=NOON))
    replays = (*Replayer(workspace).from_log([made.decision_id]), *Replayer(workspace).from_events([made.decision_id]))
    assert [replayed.identical for replayed in replays] == [edition < EDITION] * 2


def test_any_order_of_decisions_is_right(workspace, decided):
    assert all(replayed.identical for replayed in Replayer(workspace).from_events(decided[::-1]))


def test_all_decisions_of_one_model_share_a_pass_over_the_events(workspace, decided, monkeypatch):
    passes = []
    fold = Replayer._new_fold
    monkeypatch.setattr(Replayer, "_new_fold", lambda self, logged: passes.append(1) or fold(self, logged))
    list(Replayer(workspace).from_events(workspace.store.decision_ids()))
    assert len(passes) == 1


def test_books_and_people_of_then_are_used_whatever_the_files_say_now(workspace, decided):
    for name in ("rulebook.yaml", "owners.csv", "memberships.csv"):
        (workspace.folder / name).unlink()
    assert all(replayed.identical for replayed in Replayer(workspace).from_log(decided))


def tamper(workspace, decision_id, change):
    """Alter a stored document together with its commitment, as somebody with the database could."""
    stored = workspace.store.decision(decision_id)
    document = orjson.loads(stored.canonical)
    change(document)
    forged = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    row = tables.decisions.c.decision_id == decision_id
    workspace.store.write(lambda writing: writing.connection.execute(update(tables.decisions).where(row).values(
        document=forged, commitment=decision_log.commit_to(forged, stored.commitment_key))))


def test_a_document_that_was_altered_is_found_and_the_part_named(workspace, decided):
    tamper(workspace, decided[0], lambda document: document["owner"].update(owner_id="dan"))
    [replayed] = Replayer(workspace).from_log(decided[:1])
    assert (replayed.identical, replayed.differs) == (False, ("owner",))


def without_via(workspace, decision_id):
    """Make a stored document like those of the time before `route.via`."""
    tamper(workspace, decision_id, lambda document: document["route"].pop("via"))


def test_documents_from_before_via_are_replayed_and_refolded_as_they_are(workspace, decided):
    for decision_id in decided:
        without_via(workspace, decision_id)
    replayer = Replayer(workspace)
    for found in (replayer.from_log(decided), replayer.from_events(workspace.store.decision_ids())):
        assert [replayed for replayed in found if not replayed.identical] == []


def test_what_else_differs_in_a_document_from_before_via_is_found_alone(workspace, decided):
    without_via(workspace, decided[0])
    tamper(workspace, decided[0], lambda document: document["owner"].update(owner_id="dan"))
    tamper(workspace, decided[1], lambda document: document["route"].update(via="else"))
    found = list(Replayer(workspace).from_log(decided[:2]))
    assert [replayed.differs for replayed in found] == [("owner",), ("route",)]


def test_how_long_it_took_is_no_difference(workspace, decided):
    tamper(workspace, decided[0], lambda document: document["timings_us"].update(rules=1))
    [replayed] = Replayer(workspace).from_log(decided[:1])
    assert replayed.identical


def test_bytes_changed_behind_their_commitment_are_found(workspace, decided):
    row = tables.decisions.c.decision_id == decided[0]
    workspace.store.write(lambda writing: writing.connection.execute(
        update(tables.decisions).where(row).values(document=b"{}")))
    [replayed] = Replayer(workspace).from_log(decided[:1])
    assert "commitment" in replayed.error


def test_events_that_were_altered_are_found_by_refolding(workspace, decided):
    row = tables.events.c.kind == "outcome"
    workspace.store.write(lambda writing: writing.connection.execute(
        update(tables.events).where(row).values(outcome="converted")))
    found = list(Replayer(workspace).from_events(workspace.store.decision_ids()))
    assert not all(replayed.identical for replayed in found)
    assert all(replayed.identical for replayed in Replayer(workspace).from_log(decided))


def test_a_missing_bundle_is_told_and_the_others_go_on(workspace, decided):

    shutil.rmtree(workspace.bundles)
    found = list(Replayer(workspace).from_log(decided))
    assert len(found) == len(decided)
    assert any("bundle" in (replayed.error or "") for replayed in found)
