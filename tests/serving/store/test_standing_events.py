"""What stands of the log: nothing that was taken back, and what a clock stamped that ran ahead as of when it was right again."""
from datetime import UTC, datetime, timedelta

import pytest

from features.events import Event
from features.state import State
from rules.intake.item import read_item
from serving.runtime.fold import LogFold, fold_plan
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from serving.store import event_log, writer
from tests.features.histories import tables_of
from tests.serving import small_company
from tests.serving.small_company import lead

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def live(tmp_path):
    made = Live(Workspace.at(small_company.build(tmp_path / "ws")))
    yield made
    made.workspace.close()


@pytest.fixture
def keep(live, monkeypatch):
    """Keeps an assignment by a clock that shows so many days more, a minute after the one before."""
    book, directory, count = live.in_force.book, live.in_force.directory, iter(range(1, 1000))

    def kept(days=0.0, owner="ann"):
        number = next(count)
        at = NOW + number * MINUTE + days * DAY

        class Turned(datetime):
            @classmethod
            def now(cls, tz=None):
                return at

        monkeypatch.setattr(writer, "datetime", Turned)
        item = read_item(lead(f"L-{number}"), book=book, directory=directory, at=at)
        event = Event(event_id=f"e{number}", kind="assigned", assignment_id=f"a{number}", item_id=item.item_id, owner_id=owner,
                      occurred_at=at, known_at=at, item=item, assigned_by="manual", respond_by=at + 4 * MINUTE)
        live.store.write(lambda writing: event_log.append(writing, [event]))
        return at

    return kept


def told(live):
    return [event.known_at for event in live.store.events()]


def standing(live):
    found = list(live.store.standing_events())
    assert all(event.respond_by - event.occurred_at == 4 * MINUTE for event in found), "a reply is due as long after it as before"
    assert [event.occurred_at for event in found] == [event.known_at for event in found]
    return [event.known_at for event in found]


def folded(live, events):
    plan = fold_plan(live.workspace.settings.objectives.values(), [])
    state = State(plan)
    for event in events:
        state.follow(event)
    state.advance_to(NOW + DAY)
    return tables_of(state)


def test_what_a_clock_stamped_that_ran_ahead_counts_as_of_when_it_was_right_again(live, keep):
    first, second = keep(), keep()
    keep(400), keep(400)
    assert standing(live) == told(live), "nobody can know it yet"
    right, last = keep(), keep()
    assert standing(live) == [first, second, right, right, right, last]


def test_a_clock_that_ran_behind_squeezes_nothing_that_was_known_before(live, keep):
    for _ in range(3):
        keep()
    keep(-400), keep(-400), keep()
    assert standing(live) == told(live)


def test_each_stint_of_a_clock_that_jumps_again_and_again_is_put_right(live, keep):
    days = (0, 0, 400, 0, 400, 400, 0, 30, 0)
    known = [keep(by) for by in days]
    right = [min(later for later, by in zip(known[place:], days[place:], strict=True) if by == 0) for place in range(len(days))]
    assert standing(live) == right


@pytest.mark.parametrize("days", [(0, 0, 400, 0, 0), (0, 400, 400, 0, 0, 400, 0), (0, 0, -400, 0, 0), (400, 0, -400, 400, 0)])
def test_a_fold_that_went_along_holds_what_one_holds_that_reads_it_at_once(live, keep, days):
    plan = fold_plan(live.workspace.settings.objectives.values(), [])
    along = LogFold(lambda: State(plan))
    for by in days:
        keep(by)
        for event in live.store.events(after=along.seq):
            along.take(event)
        along.settle(live.store.standing_events)
        assert along.state.seq == along.seq
    along.state.advance_to(NOW + DAY)
    assert tables_of(along.state) == folded(live, live.store.standing_events())
