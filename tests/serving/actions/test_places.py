"""Places: whatever people, programs and the CRM do in whatever order, nobody is overfilled and nothing is counted twice."""
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from features.events import ENDS
from rules.errors import RightfulError
from serving.actions.commands import ActionCommand
from serving.actions.reported_events import ReportCommand, Reported, Reporter
from serving.actions.service import Actions
from serving.decision.override import NotEligible
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace
from serving.store import tables
from tests.serving import small_company
from tests.serving.small_company import lead

OWNERS = ("ann", "bob", "cleo", "dan", "eve")
CEILINGS = {"ann": 3, "bob": 2, "cleo": 5, "dan": 1, "eve": 1}
STEPS = ("assign", "recommend", "accept", "reject", "override", "closed", "responded", "reject again", "close twice")


class Company:
    """A workspace of five owners with few places, and everything that can be done in it."""

    def __init__(self, folder):
        small_company.build(folder)
        text = "owner_id,kind,time_zone,data_region,max_open\n" + "".join(
            f"{owner},person,UTC,EU,{most}\n" for owner, most in CEILINGS.items())
        (folder / "owners.csv").write_text(text)
        self.workspace = Workspace.at(folder)
        self.live = Live(self.workspace)
        self.decider, self.actions, self.reporter = Decider(self.live), Actions(self.live), Reporter(self.live)
        self.decisions: list[str] = []
        self.counter = 0
        self.did: Counter[str] = Counter()

    def do(self, step: str, pick: int, owner: str) -> None:
        """One step on one of the latest decisions; what the present state does not allow is refused."""
        self.counter += 1
        number = self.counter
        try:
            if step in ("assign", "recommend") or not self.decisions:
                item = lead(f"L-{number}", country="FR" if pick % 4 == 0 else "US")
                mode = "assign" if step == "assign" else "recommend"
                self.decisions.append(self.decider.decide(DecideCommand(item=item, mode=mode)).decision_id)
            else:
                self._act(step, self.decisions[-1 - pick % min(len(self.decisions), 6)], owner, number)
        except RightfulError:
            return
        self.did[step] += 1

    def _act(self, step: str, decision_id: str, owner: str, number: int) -> None:
        if step == "accept":
            self.actions.act(ActionCommand(kind="accept", decision_id=decision_id))
        elif step == "reject":
            self.actions.act(ActionCommand(kind="reject", decision_id=decision_id, reason="other"))
        elif step == "override":
            overridden = ActionCommand(kind="override", decision_id=decision_id, owner_id=owner, reason="other")
            self.decisions.append(self.actions.act(overridden).new_decision_id)
        else:
            kind = {"closed": "closed", "responded": "responded", "reject again": "rejected", "close twice": "closed"}[step]
            for again in range(2 if step.endswith(("again", "twice")) else 1):
                told = Reported(event_id=f"{number}-{again}", kind=kind, decision_id=decision_id, occurred_at=datetime.now(UTC))
                self.reporter.submit(ReportCommand(told=[told])).result()

    def places(self) -> dict[str, int]:
        """Open items by owner as the database counts them."""
        with self.live.store.reading() as connection:
            return {row.owner_id: row.open for row in connection.execute(select(tables.capacity))}

    def folded(self) -> dict[str, int]:
        """Open items by owner as a fold of all events has them."""
        fresh = Live(self.workspace)
        fresh.keep_warm()
        return load_of(fresh.in_force.folded.state)

    def seen(self) -> dict[str, int]:
        """Open items by owner as the next decision would see them."""
        def read(writing):
            return load_of(self.live.in_force.folded.reach(writing, writing.head.newest_at or datetime.now(UTC)))

        return self.live.store.write(read)


def load_of(state):
    return {owner: int(state.load.open_items[state.owners.number(owner)]) for owner in OWNERS if state.owners.number(owner)}


def check(company):
    places = company.places()
    assert all(0 <= places.get(owner, 0) <= most for owner, most in CEILINGS.items()), places
    counted = {owner: places.get(owner, 0) for owner in OWNERS}
    for view in (company.folded(), company.seen()):
        assert {owner: view.get(owner, 0) for owner in OWNERS} == counted
    held = Counter()
    for event in company.live.store.events():
        held[event.item_id] += 1 if event.kind == "assigned" else 0
    for decision in company.decisions:
        first_end = next((event for event in company.live.store.happened(decision) if event.kind in ENDS), None)
        held[first_end.item_id if first_end else ""] -= 1
    assert max(held.values()) <= 1, "an item has two owners at once"


def test_an_override_that_loses_the_last_place_is_told_by_capacity_who_may_have_the_item(tmp_path):
    company = Company(tmp_path / "ws")
    given_to = company.decider.decide(DecideCommand(item=lead(), mode="assign"))
    owner = next(one for one in ("bob", "cleo") if one != given_to.document.owner_id)
    company.live.store.write(lambda writing: writing.connection.execute(      # taken meanwhile, and not yet folded
        insert(tables.capacity).values(owner_id=owner, open=CEILINGS[owner])))
    before = company.live.store.head(), company.places()
    with pytest.raises(NotEligible) as refused:
        company.actions.act(ActionCommand(kind="override", decision_id=given_to.decision_id, owner_id=owner, reason="other"))
    assert refused.value.bar.rule == "capacity" and f"of at most {CEILINGS[owner]}" in refused.value.bar.reason
    assert owner not in refused.value.eligible and len(refused.value.eligible) == 3
    assert (company.live.store.head(), company.places()) == before
    company.workspace.close()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 50), st.sampled_from(OWNERS)), min_size=5, max_size=60))
def test_in_any_order_nobody_is_overfilled_and_the_places_are_what_the_events_say(steps):
    with TemporaryDirectory() as folder:
        company = Company(Path(folder) / "ws")
        for step, pick, owner in steps:
            company.do(step, pick, owner)
        check(company)
        company.workspace.close()


def run_at_once(company, seed, count, clients):
    random = Random(seed)
    steps = random.choices(STEPS, weights=(3, 3, 4, 3, 6, 3, 1, 1, 3), k=count)
    plan = [(step, random.randrange(200), random.choice(OWNERS)) for step in steps]
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(company.do, *step) for step in plan]:
            done.result()


@pytest.mark.parametrize("seed", range(3))
def test_sixteen_clients_at_once_overfill_nobody(tmp_path, seed):
    company = Company(tmp_path / "ws")
    run_at_once(company, seed, 600, 16)
    check(company)
    assert all(company.did[step] for step in ("assign", "recommend", "accept", "reject", "override", "closed")), company.did
    replayer = Replayer(company.workspace)
    ids = list(company.live.store.decision_ids())
    found = [*replayer.from_log(ids), *replayer.from_events(ids)]
    assert len(found) == 2 * len(ids) > 100
    assert [each for each in found if not each.identical] == []
    company.workspace.close()


def test_two_processes_at_once_overfill_nobody(tmp_path):
    one = Company(tmp_path / "ws")
    other = Company(tmp_path / "ws")
    other.counter = 1_000_000
    other.decisions = one.decisions
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(run_at_once, company, seed, 150, 4) for seed, company in enumerate((one, other))]:
            done.result()
    check(one)
    check(other)
    for company in (one, other):
        company.workspace.close()
