"""Deliveries, retries, acceptances, rejections, overrides, events and imports in any order: an item has one owner.

After every step the store's holders are those of an oracle that shares no code with it, and what was allowed is what it
allows; in the end what is counted, what is held and what is folded agree, and every item can still be closed and given.
"""
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from features.events import Event
from rules.errors import Refused
from rules.intake.item import read_item
from serving.actions.commands import ActionCommand
from serving.actions.reported_events import ReportCommand, Reported, Reporter
from serving.actions.service import Actions
from serving.decision.override import NotEligible
from serving.imports.history_events import assignment_id_of
from serving.imports.keeping import keep_events
from serving.imports.report import ImportReport
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from serving.store import assignments, tables
from tests.serving import small_company
from tests.serving.actions.item_oracle import OWNERS, Assignment, Oracle
from tests.serving.small_company import lead
from tests.strength import slice_of, sliced

INTERLEAVINGS, AT_ONCE, STEPS = 10_000, 50, 14
POLICIES = ("keep", "move", "refuse")
REPORT = ImportReport(what="history", file="past.csv", rows=1)


class Company:
    """A workspace and everything done in it; each interleaving takes items of its own."""

    def __init__(self, folder, seed):
        self.random, self.held = Random(seed), POLICIES[seed % len(POLICIES)]
        small_company.build(folder)
        owners = "owner_id,kind,time_zone,data_region\n" + "".join(f"{owner},person,UTC,EU\n" for owner in (*OWNERS, "eve"))
        (folder / "owners.csv").write_text(owners)
        (folder / "rulebook.yaml").write_text(small_company.RULEBOOK + f"intake: {{held: {self.held}}}\n")
        self.workspace = Workspace.at(folder)
        self.live = Live(self.workspace)
        self.store, self.decider, self.actions = self.live.store, Decider(self.live), Actions(self.live)
        self.reporter, self.oracle, self.did, self.count = Reporter(self.live), Oracle(self.held), Counter(), 0

    def interleaving(self, number):
        """Some steps on three items, then the end of all of them."""
        self.items = [f"L-{number}-{one}" for one in "abc"]
        self.asked: list[DecideCommand] = []
        self.imported: list[list[Event]] = []
        for _ in range(STEPS):
            step = self.random.choice((self.deliver, self.deliver, self.retry, self.propose, self.accept, self.reject,
                                       self.override, self.report, self.hand_on, self.bring, self.bring_again))
            step()
            self.check_holders(step.__name__)
        self.check_counts()
        for item in self.items:
            self.can_be_closed_and_given(item)

    # -- what can be done

    def deliver(self):
        """The item is to be assigned, under a key of its own."""
        self.count += 1
        item = self.random.choice(self.items)
        left_out = (self.oracle.owner(item),) if item in self.oracle.holder and self.random.random() < 0.5 else ()
        asked = DecideCommand(item=lead(item), mode="assign", exclude=left_out, key=f"k{self.count}")
        if self.oracle.owner(item) is not None and self.held == "refuse":
            with pytest.raises(assignments.ItemHeld):
                self.decider.decide(asked)
            return
        self.asked.append(asked)
        self.settle(item, self.decider.decide(asked).document, left_out)

    def settle(self, item, document, left_out=()):
        """What an answer says must be what the oracle knows."""
        held_by = self.oracle.holder.get(item)
        somebody_can = not all(self.oracle.may_be_passed_over(item, owner, left_out) for owner in OWNERS)
        if somebody_can and (held_by is None or (self.held == "move" and left_out)):
            assert document.outcome == "assigned"
        if document.outcome == "assigned":
            assert held_by is None or (self.held == "move" and document.owner_id != self.oracle.owner(item))
            self.oracle.give(document.decision_id, item, document.owner_id, self.now(), left_out)
        elif held_by is None:
            assert document.outcome == "queued"
            self.oracle.propose(document.decision_id, item, None, left_out)
        else:
            assert (document.outcome, document.held_by, document.owner_id) == ("held", held_by, self.oracle.owner(item))
            self.oracle.propose(document.decision_id, item, document.owner_id, left_out, "held")
        self.did[document.outcome] += 1

    def retry(self):
        """The same request again changes nothing and gets the same bytes."""
        if self.asked:
            asked = self.random.choice(self.asked)
            assert self.decider.decide(asked).replayed
            self.did["retried"] += 1

    def propose(self):
        item = self.random.choice(self.items)
        left_out = self.random.choice(((), OWNERS[:1]))
        document = self.decider.decide(DecideCommand(item=lead(item), exclude=left_out)).document
        proposed = document.owner_id if document.outcome == "recommended" else None
        self.oracle.propose(document.decision_id, item, proposed, left_out)

    def accept(self):
        self.act("accept", self.oracle.may_accept, lambda name, _made: self.oracle.accept(name, self.now()))

    def reject(self):
        self.act("reject", self.oracle.may_reject, lambda name, _made: self.oracle.reject(name), reason="other")

    def override(self):
        owner = self.random.choice(OWNERS)
        self.act("override", lambda name: self.oracle.may_override(name, owner),
                 lambda name, made: self.oracle.override(name, made, owner, self.now()), reason="other", owner_id=owner)

    def act(self, kind, may, then, **said):
        """Something with one of the decisions on these items, allowed exactly where the oracle allows it."""
        names = [name for name in self.names() if not name.startswith(("h-", "r-"))]
        if not names:
            return
        name = self.random.choice(names)
        wish = ActionCommand(kind=kind, decision_id=name, **said)
        one = self.oracle.made[name]
        try:
            made = self.actions.act(wish).new_decision_id
        except Refused as refused:
            passed_over = self.oracle.may_be_passed_over(one.item, said.get("owner_id", one.owner), one.left_out)
            assert not may(name) or (isinstance(refused, NotEligible) and passed_over), refused
            return
        assert may(name), (kind, name, one)
        then(name, made)
        self.did[kind] += 1

    def report(self):
        """Something that happened to an assignment, open or not, told twice by different systems."""
        names = [name for name in self.names() if self.oracle.made[name].since]
        if names:
            kind = self.random.choice(("closed", "rejected", "reassigned", "responded", "outcome"))
            name = self.random.choice(names)
            for _ in range(2):
                self.tell(kind, decision_id=name, outcome="converted" if kind == "outcome" else None)
            if kind in ("closed", "rejected", "reassigned"):
                self.oracle.end(name, kind)
            if kind == "rejected":                        # also of one that had ended: whoever said so does not want it
                self.oracle.gave_back.add((self.oracle.made[name].item, self.oracle.made[name].owner))

    def hand_on(self):
        """The CRM gives the item to somebody else."""
        item, owner = self.random.choice(self.items), self.random.choice(OWNERS)
        if self.oracle.owner(item) not in (None, owner):
            self.tell("reassigned", item_id=item, owner_id=owner)
            self.oracle.give(self.present(item), item, owner, self.now())

    def bring(self):
        """A file says that somebody got an item: now, or in the past."""
        item, owner, past = self.random.choice(self.items), self.random.choice(OWNERS), self.random.random() < 0.4
        at = max(self.store.head().newest_at or datetime.now(UTC), datetime.now(UTC)) - timedelta(hours=1 if past else 0)
        name = assignment_id_of(item, owner, at)
        book, directory = self.live.in_force.book, self.live.in_force.directory
        event = Event(event_id=f"{name}:assigned", kind="assigned", assignment_id=name, item_id=item, owner_id=owner,
                      occurred_at=at, known_at=at, assigned_by="manual",
                      item=read_item(lead(item), book=book, directory=directory, at=at))
        known = any(one.item == item and one.since for one in self.oracle.made.values())
        head = self.store.head()
        if past and not known and head.last_decision and head.newest_at is not None and at < head.newest_at:
            with pytest.raises(Refused, match="before the first decision"):
                keep_events(self.workspace, REPORT, [event])
            return
        self.imported.append([event])
        keep_events(self.workspace, REPORT, [event])
        self.did["imported late" if past else "imported"] += 1
        if any(one.item == item and one.since > at.timestamp() for one in self.oracle.made.values()):
            self.oracle.made[name] = Assignment(item=item, owner=owner, since=at.timestamp(), state="reassigned")
        else:
            self.oracle.give(name, item, owner, at.timestamp())

    def bring_again(self):
        """The same file again adds nothing."""
        if self.imported:
            assert keep_events(self.workspace, REPORT, self.random.choice(self.imported)).kept == 0

    # -- what must hold

    def tell(self, kind, **more):
        self.count += 1
        told = Reported(event_id=f"e{self.count}", kind=kind, occurred_at=datetime.now(UTC), **more)
        [result] = self.reporter.submit(ReportCommand(told=[told])).result().results
        assert result.status == "stored", result
        self.did[kind] += 1

    def now(self):
        newest = self.store.head().newest_at
        return newest.timestamp()

    def names(self):
        return [name for name, one in self.oracle.made.items() if one.item in self.items]

    def present(self, item):
        with self.store.reading() as connection:
            return assignments.holders(connection, [item])[item].assignment_id

    def check_holders(self, step):
        with self.store.reading() as connection:
            found = assignments.holders(connection, self.items)
        assert {item: (one.assignment_id, one.owner_id) for item, one in found.items()} == {
            item: (self.oracle.holder[item], self.oracle.owner(item)) for item in self.items if item in self.oracle.holder}, step

    def check_counts(self):
        """Places, open assignments and the fold all count what the oracle counts."""
        with self.store.reading() as connection:
            places = {owner: count for owner, count in connection.execute(tables.capacity.select()) if count}
            rows = Counter(connection.scalars(tables.open_assignments.select().with_only_columns(
                tables.open_assignments.c.owner_id)))
        state = self.store.write(lambda writing: self.live.in_force.folded.reach(
            writing, writing.head.newest_at or datetime.now(UTC)))
        folded = {owner: int(state.load.open_items[state.owners.number(owner)]) for owner in OWNERS if state.owners.number(owner)}
        assert places == dict(rows) == {owner: count for owner, count in folded.items() if count} == self.oracle.loads()

    def can_be_closed_and_given(self, item):
        """Nothing is refused for ever: whoever has it, it can be closed, given, and closed again."""
        for _ in range(2):
            if self.oracle.owner(item) is not None:
                self.tell("closed", item_id=item)
                self.oracle.end(self.oracle.holder[item], "closed")
            self.count += 1
            self.settle(item, self.decider.decide(DecideCommand(item=lead(item), mode="assign", key=f"k{self.count}")).document)
        if self.oracle.owner(item) is not None:
            self.tell("closed", item_id=item)
            self.oracle.end(self.oracle.holder[item], "closed")


def interleave(folder, seed, at_once):
    """So many interleavings of one company; what was done in them."""
    company = Company(folder, seed)
    for number in range(at_once):
        company.interleaving(number)
    company.workspace.close()
    return company.did


@sliced
@pytest.mark.parametrize("seed", range(slice_of(20, len(POLICIES))))
def test_in_any_order_an_item_has_one_owner_and_nothing_is_refused_for_ever(tmp_path, seed):
    did = interleave(tmp_path / "ws", seed, slice_of(AT_ONCE, 12))
    assert all(did[what] for what in ("assigned", "retried", "accept", "reject", "override", "closed", "imported"))


def campaign(seeds):
    """All of them: `python -m tests.serving.actions.test_interleavings [FIRST LAST]` prints each company that fails, and why."""
    failed = 0
    for seed in seeds:
        with TemporaryDirectory() as folder:
            try:
                interleave(Path(folder) / "ws", seed, AT_ONCE)
            except (Exception, pytest.fail.Exception) as error:
                failed += 1
                print(f"seed {seed}: {type(error).__name__}: {str(error)[:300]}", flush=True)
    print(f"{len(seeds) * AT_ONCE:,} interleavings in {len(seeds)} companies, {failed} companies failed", flush=True)


if __name__ == "__main__":
    campaign(range(*map(int, sys.argv[1:])) if len(sys.argv) > 1 else range(INTERLEAVINGS // AT_ONCE))
