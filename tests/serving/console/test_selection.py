"""Selection by group: the owner is the unit, small groups stay hidden, chance is told, nothing is called a verdict."""
from pathlib import Path

import numpy as np
import pytest

from rules.errors import InputError
from serving.decision.parts import DecisionDocument
from serving.fairness.permutation import lowest_by_chance
from serving.fairness.selection_rates import FILE, SlotCount, by_group, count_slots, read_groups


def document(chosen: str | None, slate: str, decided_by: str = "model") -> DecisionDocument:
    """As much of a decision as is counted; the slate as one letter per owner."""
    return DecisionDocument.from_json({
            "owner": None if chosen is None else {"owner_id": chosen}, "decided_by": decided_by,
            "candidates": [{"owner_id": owner} for owner in slate]})


def owners(count: int, *, slots: int, selections: int, prefix: str) -> dict[str, SlotCount]:
    return {f"{prefix}{number}": SlotCount(slots=slots, selections=selections) for number in range(count)}


def column(**groups: dict[str, SlotCount]):
    """The groups named, each with its owners."""
    counted = {owner: slots for each in groups.values() for owner, slots in each.items()}
    found = by_group("site", {owner: name for name, each in groups.items() for owner in each}, counted)
    return {group.name: group for group in found.groups}


def test_a_slot_is_one_eligible_owner_in_a_decision_with_a_choice():
    counted = count_slots([document("a", "abc"), document("b", "ab"), document("a", "a"), document(None, "ab"),
                           document("b", "ab", "person"), document("queue", "ab")])
    assert counted.decisions == 6
    assert counted.owners == {"a": SlotCount(slots=2, selections=1), "b": SlotCount(slots=2, selections=1),
                              "c": SlotCount(slots=1, selections=0)}


def test_the_ratio_is_to_the_highest_rate():
    found = column(north=owners(50, slots=100, selections=20, prefix="n"), south=owners(50, slots=100, selections=10, prefix="s"))
    assert (found["north"].owners, found["north"].rate, found["north"].ratio) == (50, 0.2, 1.0)
    assert (found["south"].rate, found["south"].ratio, found["south"].insufficient) == (0.1, 0.5, None)


def test_fewer_than_five_owners_are_insufficient_and_hidden_however_many_slots():
    found = column(north=owners(20, slots=100, selections=20, prefix="n"),
                   small=owners(4, slots=100_000, selections=20_000, prefix="s"))
    assert found["small"].suppressed
    assert found["small"].ratio is None
    assert "fewer than 5 owners" in found["small"].insufficient


def test_five_owners_are_no_longer_hidden():
    found = column(north=owners(20, slots=100, selections=20, prefix="n"), small=owners(5, slots=100, selections=20, prefix="s"))
    assert not found["small"].suppressed


def test_too_few_selections_expected_are_insufficient():
    found = column(north=owners(20, slots=100, selections=20, prefix="n"), rare=owners(10, slots=2, selections=0, prefix="r"))
    assert found["rare"].ratio is None
    assert "selections expected" in found["rare"].insufficient


def test_a_group_alone_has_nothing_to_be_compared_with():
    found = column(north=owners(20, slots=100, selections=20, prefix="n"), small=owners(2, slots=100, selections=1, prefix="s"))
    assert "no other group" in found["north"].insufficient


def test_what_chance_explains_is_insufficient_not_told_as_a_ratio():
    """A few very unequal owners: any split of them into two groups gives low ratios."""
    busy = {**owners(5, slots=100, selections=1, prefix="a"), "a9": SlotCount(slots=100, selections=60)}
    quiet = {**owners(5, slots=100, selections=1, prefix="b"), "b9": SlotCount(slots=100, selections=30)}
    found = column(busy=busy, quiet=quiet)
    assert "by chance alone" in found["quiet"].insufficient
    assert found["busy"].ratio is None


def test_many_slots_of_few_owners_are_no_more_than_few_owners():
    """Ten times the slots of the same people say no more about their groups."""
    few = {**owners(5, slots=100, selections=1, prefix="a"), "a9": SlotCount(slots=100, selections=60)}
    more = {name: SlotCount(slots=one.slots * 1000, selections=one.selections * 1000) for name, one in few.items()}
    both = [column(a=each, b={f"b{name}": one for name, one in each.items()})["a"].lowest for each in (few, more)]
    assert both[0] == pytest.approx(both[1])


def test_chance_reaches_less_far_down_with_more_owners():
    dice = np.random.default_rng(1)
    lowest = []
    for count in (20, 400):
        selections = dice.binomial(50, 0.2, size=count)
        labels = ["a" if number % 2 else "b" for number in range(count)]
        lowest.append(lowest_by_chance([50] * count, selections.tolist(), labels, ["a", "b"])["a"])
    assert 0.5 < lowest[0] < lowest[1] < 1.0


def test_groups_that_do_not_differ_are_told_only_rarely():
    """Under no difference about 1 group in 20 falls below what chance seldom brings."""
    dice, told = np.random.default_rng(2), 0
    for _ in range(60):
        counted = {f"o{number}": SlotCount(slots=50, selections=int(dice.binomial(50, 0.1))) for number in range(24)}
        found = by_group("g", {owner: "ab"[index % 2] for index, owner in enumerate(counted)}, counted)
        told += any(group.ratio is not None and group.ratio < group.lowest for group in found.groups)
    assert told <= 12


@pytest.mark.parametrize(("text", "said"), [
    ("name,site\nann,x\n", "the header does not fit"),
    ("owner_id\nann\n", "the header does not fit"),
    ("", "the header does not fit"),
    ("owner_id,site\nann,x\nann,y\n", "an owner stands there twice"), ('owner_id,site\nann,"x\n', "cannot be read")])
def test_a_groups_file_that_does_not_fit_is_refused(tmp_path, text, said):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InputError, match=said):
        read_groups(tmp_path / FILE)


def test_an_owner_without_a_group_is_not_stated(tmp_path):
    (tmp_path / FILE).write_text("owner_id,site\nann, \nbob,north\n", encoding="utf-8-sig")
    assert read_groups(tmp_path / FILE) == {"site": {"ann": "not stated", "bob": "north"}}


def test_the_page_without_a_file_says_how_to_make_one(plain_console):
    assert "This workspace has no fairness_groups.csv" in plain_console.see("/console/selection").text


def test_the_page_tells_insufficient_in_words_and_hides_small_groups(console):
    (console.folder / FILE).write_text("owner_id,site\nann,north\nbob,north\ncleo,south\ndan,south\neve,south\n")
    for number in range(6):
        console.decide(f"L-{number}")
    page = console.see("/console/selection")
    assert "The unit is the owner, not the slot" in page.text
    assert page.text.count("INSUFFICIENT fewer than 5 owners") == 2
    assert "under 5" in page.text
    assert "6 decisions read" in page.text
    assert "0 decisions read" in console.see("/console/selection", to="2020-01-01").text
    assert "given `soon`" in console.see("/console/selection", status=400, **{"from": "soon"}).text


def test_a_broken_groups_file_is_told_on_the_page(plain_console):
    (plain_console.folder / FILE).write_bytes(b"\xff\xfe")
    assert "cannot be read" in plain_console.see("/console/selection", status=400).text


def test_nothing_but_this_page_knows_the_groups_file():
    root = Path(__file__).resolve().parents[3]
    readers = {path.relative_to(root).as_posix() for room in ("rules", "features", "serving", "training")
               for path in (root / room).rglob("*.py") if FILE in path.read_text(encoding="utf-8")}
    assert readers == {"serving/fairness/selection_rates.py"}
