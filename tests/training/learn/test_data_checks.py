"""What is missing from a log is named before anything is learnt from it, and what must not be learnt is set aside."""
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.events import Event
from rules.errors import Refused
from rules.model import Fact
from training.learn.data_checks import admit, admitted, known_by
from training.learn.dataset import read_assignments

pytestmark = pytest.mark.train


def card(prepared, change=lambda place, one: one, **more):
    """The card of the small log, each assignment changed by its place."""
    rows = read_assignments(prepared.events, prepared.objective, prepared.as_of)
    changed = tuple(change(place, one) for place, one in enumerate(rows))
    found = admit(changed, prepared.objective, prepared.as_of, **more)
    return found, admitted(changed, found)


def codes(prepared, change=lambda place, one: one):
    return {warning.code for warning in card(prepared, change)[0].findings}


def test_a_complete_rotated_log_raises_no_warning(trained):
    assert codes(trained[1].prepared) == set()


def test_owners_missing_on_failures_are_refused(trained):
    with pytest.raises(Refused, match="missing on negatives"):
        codes(trained[1].prepared, lambda _, one: replace(one, owner_id="") if one.label is False else one)


def test_outcomes_that_stop_early_are_named(trained):
    end = trained[1].prepared.as_of - timedelta(days=15)
    assert codes(trained[1].prepared, lambda _, one: one if one.over_at is None or one.over_at < end else replace(
        one, over_at=None, outcome=None)) == {"truncated_outcomes"}


def test_a_log_that_begins_with_survivors_is_named(trained):
    assert "left_truncation" in codes(trained[1].prepared, lambda place, one: replace(
        one, label=place % 10 < 9) if place < 250 and one.label is not None else one)


def test_a_log_without_a_word_on_how_owners_were_picked_is_named(trained):
    assert codes(trained[1].prepared, lambda _, one: replace(one, assigned_by=None)) == {"hand_picked"}


@pytest.mark.parametrize("label", [True, False])
def test_one_outcome_alone_is_refused(trained, label):
    with pytest.raises(Refused, match="all [0-9,]+ labels are " + ("successes" if label else "failures")):
        codes(trained[1].prepared, lambda _, one: one if one.label is None else replace(one, label=label))


def test_one_owner_alone_is_refused_whatever_reason_is_given(trained):
    with pytest.raises(Refused, match="one_owner: 100.0%"):
        card(trained[1].prepared, lambda _, one: replace(one, owner_id="o01"), because="it is a small company")


def test_an_owner_who_is_the_outcome_is_refused(trained):
    with pytest.raises(Refused, match="owner_is_outcome"):
        card(trained[1].prepared, lambda place, one: replace(
            one, owner_id=f"{one.outcome}-{place % 6}", label=None if one.label is None else one.outcome == "converted"),
            because="so it is")


def test_what_nobody_recorded_has_no_label_and_is_counted(trained):
    found, _ = card(trained[1].prepared, lambda place, one: one if place % 5 else replace(
        one, label=None, settled_at=None, unrecorded=one.label is not None))
    [told] = found.findings
    assert (told.code, told.verdict) == ("outcomes_not_recorded", "marked") and 0.15 < told.figure < 0.25
    assert found.unrecorded + found.settled == card(trained[1].prepared)[0].settled


def with_fact(one, name, value):
    number = value if isinstance(value, float) else None
    return one if value is None else replace(one, item=replace(one.item, facts={**one.item.facts, name: Fact(
        value=value, number=number)}))


def took(one):
    return None if one.over_at is None else (one.over_at - one.assigned_at) / timedelta(hours=1)


LEAKS = {
    "there on successes alone": lambda place, one: 5000.0 + place if one.label and one.over_at else None,
    "there on half of the successes": lambda place, one: 5000.0 + place if one.label and one.over_at and place % 2 else None,
    "there on failures alone": lambda place, one: "no budget" if one.label is False and one.over_at else None,
    "nought on failures": lambda place, one: (5000.0 + place if one.label else 0.0) if one.over_at else None,
    "says it in words": lambda place, one: ("signed" if one.label else "gone") if one.over_at else None,
    "says it in most cases": lambda place, one: ("stage 5" if one.label and place % 9 else f"stage {place % 4}"),
    "says it of most failures": lambda place, one: ("nurture" if one.label is False and place % 8 else f"x{place % 3}"),
    "how long it took": lambda place, one: took(one),
    "how long it took, in days": lambda place, one: None if took(one) is None else float(round(took(one) / 24)),
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_a_column_that_is_the_outcome_or_comes_with_it_is_left_out_of_what_is_learnt(trained, leak):
    def change(place, one):
        return with_fact(one, "leak", leak(place, one))

    found, rows = card(trained[1].prepared, change)
    assert found.left_out == ("leak",)
    assert not any("leak" in one.item.facts for one in rows)
    passed, kept = card(trained[1].prepared, change, because="it is asked on the form")
    assert passed.left_out == () and any("leak" in one.item.facts for one in kept)
    assert {one.because for one in passed.findings} == {"it is asked on the form"}


def test_a_column_that_whoever_closes_an_item_fills_in_is_known_later(trained):
    prepared, cut = trained[1].prepared, trained[1].prepared.as_of - timedelta(days=60)
    events = [event for event in prepared.events if event.known_at <= cut]
    rows = [with_fact(one, "reason", f"reason {place % 7}" if one.over_at else None)
            for place, one in enumerate(read_assignments(events, prepared.objective, cut))]
    found = admit(tuple(rows), prepared.objective, cut)
    assert [(one.code, one.of) for one in found.findings] == [("column_known_later", ("reason",))]
    assert next(one.known for one in found.columns if one.name == "reason") == "later"


HONEST = {
    "an even draw": lambda place, one: float(place % 17),
    "an id of its own": lambda place, one: f"ref-{place}",
    "what truly helps": lambda place, one: "hot" if place % 100 < (60 if one.label else 25) else "cold",
    "what truly helps much": lambda place, one: float(place % 100 + (60 if one.label else 0)),
    "missing more often on failures": lambda place, one: "x" if place % 100 < (90 if one.label else 60) else None,
    "asked since a day": lambda place, one: f"x{place % 3}" if place > 1500 else None,
    "asked until a day": lambda place, one: f"x{place % 3}" if place < 2000 else None,
    "rarely there": lambda place, one: "x" if place % 50 == 0 else None,
}


@pytest.mark.parametrize("column", HONEST.values(), ids=HONEST)
def test_a_column_that_is_known_on_arrival_stays(trained, column):
    assert codes(trained[1].prepared, lambda place, one: with_fact(one, "honest", column(place, one))) == set()


@pytest.mark.parametrize("wins", [True, False])
def test_an_owner_whom_the_outcome_chose_is_set_aside(trained, wins):
    rows = read_assignments(trained[1].prepared.events, trained[1].prepared.objective, trained[1].prepared.as_of)
    more = tuple(replace(one, owner_id="desk", label=wins) for one in rows[::12] if one.label is not None)
    found = admit((*rows, *more), trained[1].prepared.objective, trained[1].prepared.as_of)
    assert found.set_aside == ("desk",) and [one.code for one in found.findings] == ["owners_tell_outcome"]
    assert admitted(rows, found) == rows and all(one.label is None for one in admitted(more, found))


def test_an_owner_who_is_truly_better_stays(trained):
    rates = np.random.default_rng(4).random(4000)
    assert "owners_tell_outcome" not in codes(trained[1].prepared, lambda place, one: one if one.label is None else replace(
        one, label=bool(rates[place] < (0.72 if one.owner_id == "o03" else 0.3))))


def test_a_level_that_jumps_is_named_with_its_week(trained):
    draw = np.random.default_rng(5).random(4000)
    found, _ = card(trained[1].prepared, lambda place, one: one if one.label is None else replace(
        one, label=bool(draw[place] < (0.2 if place < 1500 else 0.5))))
    assert [one.code for one in found.findings] == ["regime_break"] and "in the week of 2025-1" in found.findings[0].message


def test_events_of_a_time_to_come_are_left_out_unless_they_are_many(trained):
    events = trained[1].prepared.events
    now = events[-1].known_at
    late = Event(event_id="late", kind="closed", assignment_id=events[0].assignment_id, item_id="L", owner_id="o01",
                 occurred_at=now + timedelta(days=3653), known_at=now + timedelta(days=3653))
    kept, [told] = known_by((*events, late), now)
    assert kept == events and (told.code, told.figure) == ("future_events", 1.0)
    assert known_by(events, events[0].known_at)[0] == events
