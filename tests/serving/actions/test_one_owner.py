"""One item, one owner, through every road: what happens to an item that somebody has is what the book says of it."""
import csv
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from rules.errors import Refused
from serving.actions.commands import ActionCommand
from serving.actions.service import Actions
from serving.runtime.batch import BatchOptions, route
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from serving.store import assignments, capacity
from serving.store.assignments import ItemHeld
from tests.serving import small_company
from tests.serving.small_company import lead


class Desk:
    """A workspace whose book says what becomes of held items, and what can be done in it."""

    def __init__(self, folder, held=None):
        if not folder.exists():
            small_company.build(folder)
            said = "" if held is None else f"intake: {{held: {held}}}\n"
            (folder / "rulebook.yaml").write_text(small_company.RULEBOOK + said, encoding="utf-8")
        self.workspace = Workspace.at(folder)
        self.live = Live(self.workspace)
        self.store, self.decider = self.live.store, Decider(self.live)

    def ask(self, item_id="L-1", *, mode="assign", exclude=(), key=None, **attributes):
        return self.decider.decide(DecideCommand(item=lead(item_id, **attributes), mode=mode, exclude=exclude, key=key)).document

    def act(self, kind, decision_id, **said):
        return Actions(self.live).act(ActionCommand(kind=kind, decision_id=decision_id, **said))

    def holder(self, item_id="L-1"):
        found = self.store.write(lambda writing: assignments.holder_of(writing.connection, item_id))
        return found and found.owner_id

    def places(self):
        with self.store.reading() as connection:
            found = {owner: capacity.open_items(connection, owner) or 0 for owner in self.live.in_force.directory.owners}
        return {owner: count for owner, count in found.items() if count}

    def told(self):
        return [(event.kind, event.owner_id) for event in self.store.events()]

    def replays(self):
        replayer = Replayer(self.workspace)
        ids = list(self.store.decision_ids())
        return all(each.identical for each in [*replayer.from_log(ids), *replayer.from_events(ids)])


@contextmanager
def desk(tmp_path, held=None):
    made = Desk(tmp_path / "ws", held)
    yield made
    made.workspace.close()


def other_than(owner):
    return next(each for each in ("bob", "cleo", "dan") if each != owner)


def test_an_item_that_is_held_stays_with_who_has_it_and_the_answer_names_the_decision_that_holds(tmp_path):
    with desk(tmp_path) as company:
        first = company.ask()
        before = company.store.head().last_seq
        again = company.ask(key="another key")
        assert (again.outcome, again.held_by, again.owner_id) == ("held", first.decision_id, first.owner_id)
        assert (again.owner.team, again.sla, again.candidates) == ("sales", None, [])
        assert again.sentences == [f"{first.owner_id} has the item already, by `{first.decision_id}`"]
        assert again.eligibility.considered + again.eligibility.outside_team == len(company.live.in_force.directory.owners)
        assert company.store.head().last_seq == before
        assert company.places() == {first.owner_id: 1}
        assert company.ask(key="another key") == again
        assert company.replays()


def test_a_salesforce_id_of_15_letters_is_the_item_of_18(tmp_path):
    with desk(tmp_path) as company:
        first = company.ask("00Q5e00001LmNoP")
        assert company.ask("00Q5e00001LmNoPEAV").held_by == first.decision_id
        assert company.ask("00Q5e00001LmNop").outcome == "assigned"             # the case of a letter tells another record


def test_an_item_whose_assignment_ended_is_decided_anew(tmp_path):
    with desk(tmp_path) as company:
        company.act("reject", company.ask().decision_id, reason="other")
        assert company.ask().outcome == "assigned"
        assert sum(company.places().values()) == 1


def test_a_decision_that_left_the_item_where_it_is_cannot_be_accepted(tmp_path):
    with desk(tmp_path) as company:
        first, held = company.ask(), company.ask()
        with pytest.raises(Refused, match="has an owner and left it there"):
            company.act("accept", held.decision_id)
        company.act("accept", first.decision_id)


def test_a_book_that_moves_items_ends_the_old_assignment_in_the_same_commit(tmp_path):
    with desk(tmp_path, "move") as company:
        first = company.ask()
        moved = company.ask(exclude=(first.owner_id,))
        assert (moved.outcome, moved.held_by) == ("assigned", None)
        assert company.told() == [("assigned", first.owner_id), ("reassigned", first.owner_id), ("assigned", moved.owner_id)]
        assert len({event.known_at for event in list(company.store.events())[1:]}) == 1
        assert company.places() == {moved.owner_id: 1}
        assert company.store.standing(first.decision_id).state == "reassigned"
        assert company.replays()


def test_a_book_that_moves_items_leaves_one_whose_owner_would_get_it_again_or_whom_nobody_else_can_take(tmp_path):
    with desk(tmp_path, "move") as company:
        first = company.ask(country="FR")
        for again in (company.ask(country="FR"), company.ask(country="FR", exclude=("eve",)), company.ask(country="BR")):
            assert (again.outcome, again.owner_id, again.held_by) == ("held", "eve", first.decision_id)
        assert company.places() == {"eve": 1}
        assert company.replays()


def test_a_book_that_moves_items_does_not_take_one_from_an_owner_whom_only_this_item_fills(tmp_path):
    with desk(tmp_path, "move") as company:
        text = small_company.MEMBERSHIPS + "cleo,solo,,,\ndan,solo,,,\n"
        (company.workspace.folder / "memberships.csv").write_text(text)
        rules = small_company.RULEBOOK + "intake: {held: move, keep_owner: [current]}\n"
        (company.workspace.folder / "rulebook.yaml").write_text(rules)
        owners = small_company.OWNERS.replace("dan,Dan,person,UTC,en,US,,1", "dan,Dan,person,UTC,en,US,1,1").replace(
            "cleo,Cleo,person,UTC,en,EU,,1", "cleo,Cleo,person,UTC,en,EU,1,1")
        (company.workspace.folder / "owners.csv").write_text(owners)
        company.live.refresh()
        company.live = Live(company.workspace, book_from=company.workspace.rulebook_path)
        company.decider = Decider(company.live)
        first = company.ask(country="FR")
        for _ in range(4):
            assert company.ask(country="FR").held_by == first.decision_id
        moved = company.ask(country="FR", exclude=(first.owner_id,))
        assert moved.outcome == "assigned" and company.places() == {moved.owner_id: 1}
        assert company.replays()


def test_a_book_that_refuses_names_who_has_the_item_and_keeps_nothing(tmp_path):
    with desk(tmp_path, "refuse") as company:
        first = company.ask()
        before = company.store.head()
        with pytest.raises(ItemHeld, match=f"`{first.owner_id}`.*`{first.decision_id}`") as refused:
            company.ask(key="k")
        assert (refused.value.code, refused.value.status) == ("item-held", 409)
        assert company.store.head() == before
        company.act("reject", first.decision_id, reason="other")
        assert company.ask(key="k").outcome == "assigned"


@pytest.mark.parametrize("held", ["keep", "refuse"])
def test_a_second_recommendation_cannot_be_accepted_while_the_item_is_held(tmp_path, held):
    with desk(tmp_path, held) as company:
        one, two = (company.ask(mode="recommend") for _ in range(2))
        company.act("accept", one.decision_id)
        with pytest.raises(ItemHeld, match=f"`{one.owner_id}`.*`{one.decision_id}`"):
            company.act("accept", two.decision_id)
        assert company.places() == {one.owner_id: 1}


def test_a_book_that_moves_items_lets_another_owner_accept(tmp_path):
    with desk(tmp_path, "move") as company:
        one = company.ask(mode="recommend")
        two, same = company.ask(mode="recommend", exclude=(one.owner_id,)), company.ask(mode="recommend")
        company.act("accept", one.decision_id)
        with pytest.raises(ItemHeld):
            company.act("accept", same.decision_id)
        company.act("accept", two.decision_id)
        assert company.places() == {two.owner_id: 1}
        assert company.told()[2:] == [("reassigned", one.owner_id), ("assigned", two.owner_id), ("accepted", two.owner_id)]


@pytest.mark.parametrize("held", ["keep", "move", "refuse"])
def test_an_override_takes_the_item_from_whoever_has_it_by_whichever_decision(tmp_path, held):
    with desk(tmp_path, held) as company:
        seen, first = company.ask(mode="recommend"), company.ask()
        to = other_than(first.owner_id)
        made = company.act("override", seen.decision_id, owner_id=to, reason="other").new_decision_id
        assert company.places() == {to: 1}
        assert company.store.standing(first.decision_id).state == "reassigned"
        with pytest.raises(Refused, match=f"`{to}` has the item already by decision `{made}`"):
            company.act("override", made, owner_id=to, reason="other")
        assert company.replays()


def test_an_override_of_a_held_answer_hands_the_item_over(tmp_path):
    with desk(tmp_path) as company:
        first, held = company.ask(), company.ask()
        to = other_than(first.owner_id)
        company.act("override", held.decision_id, owner_id=to, reason="other")
        assert (company.holder(), company.places()) == (to, {to: 1})
        assert company.replays()


def routed(company, text, **how):
    rows = route(company.live, text, file="items.csv", wish=BatchOptions(assign=True, **how), track=lambda rows, _count: rows)
    return [(row["outcome"], row["owner_id"]) for row in rows]


ITEMS = "item_id,kind,received_at,country,consent,industry,employees\n" + "".join(
    f"{name},lead,2026-11-02T10:00:00Z,US,granted,software,900\n" for name in ("L-1", "L-2", "L-1", "L-1"))


def test_a_file_with_rows_twice_and_the_same_file_again_assign_each_item_once(tmp_path):
    with desk(tmp_path) as company:
        first, second = routed(company, ITEMS), routed(company, ITEMS)
        assert [outcome for outcome, _ in first] == ["assigned", "assigned", "held", "held"]
        assert [outcome for outcome, _ in second] == ["held"] * 4
        assert {first[0], *first[2:]} == {("assigned", first[0][1]), ("held", first[0][1])}
        assert sum(company.places().values()) == 2


def test_a_book_that_refuses_makes_a_refused_row_of_an_item_that_is_held(tmp_path):
    with desk(tmp_path, "refuse") as company:
        assert [outcome for outcome, _ in routed(company, ITEMS)] == ["assigned", "assigned", "refused", "refused"]


@pytest.mark.parametrize(("held", "outcomes"), [
    ("keep", {"assigned": 1, "held": 19}), ("refuse", {"assigned": 1, "refused": 19})])
def test_ten_deliveries_at_once_to_two_processes_give_the_item_once(tmp_path, held, outcomes):
    with desk(tmp_path, held) as one, desk(tmp_path) as other, ThreadPoolExecutor(20) as pool:
        def deliver(number):
            try:
                return (one, other)[number % 2].ask(key=f"delivery-{number}").outcome
            except ItemHeld:
                return "refused"

        answers = list(pool.map(deliver, range(20)))
        assert {word: answers.count(word) for word in set(answers)} == outcomes
        assert sum(one.places().values()) == 1
        assert one.replays()


def test_an_item_of_somebody_who_has_left_the_directory_is_told(tmp_path):
    with desk(tmp_path) as company:
        first = company.ask(country="FR")
        for name in ("owners.csv", "memberships.csv"):
            path = company.workspace.folder / name
            rows = list(csv.reader(path.read_text().splitlines()))
            path.write_text("".join(",".join(row) + "\n" for row in rows if row[0] != "eve"))
        company.live.refresh()
        again = company.ask(country="FR")
        assert (again.outcome, again.owner_id, again.owner.kind) == ("held", first.owner_id, "unknown")
        assert "`eve`, who has the item, is not in the directory" in again.warnings
