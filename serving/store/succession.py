"""Who has an item after whom, where events come from a file: one owner at a time, the newest last, whatever came in when."""
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from features.events import ENDS, Event
from rules.model import EMPTY
from serving.store.assignments import OpenAssignment


def one_after_the_other(events: Iterable[Event], held_before: Mapping[str, OpenAssignment] = EMPTY) -> list[Event]:
    """Events in known order, as `in_turn` tells them."""
    return list(in_turn(events, held_before))


def in_turn(events: Iterable[Event], held_before: Mapping[str, OpenAssignment] = EMPTY) -> Iterator[Event]:
    """Events in known order, so that an item has one owner at a time: who gets one that another has ends that as `reassigned`.

    An end of its own at that very moment does as well, and comes first. `held_before`: who had what before, by key. No more
    than the events of one moment are held.
    """
    held_now, early = dict(held_before), set[str]()
    keys = {each.assignment_id: key for key, each in held_now.items()}
    for _, together in groupby(events, key=attrgetter("known_at")):
        of_moment = list(together)
        own_ends = _own_ends(of_moment) if len(of_moment) > 1 else {}
        early.clear()
        for event in of_moment:
            if event.kind == "assigned":
                one = OpenAssignment.of(event)
                holder = held_now.get(one.key)
                if holder is not None:
                    end = next(iter(own_ends.get(holder.assignment_id, ())), None) or holder.handed_on(event)
                    yield end
                    early.add(end.event_id)
                    del keys[holder.assignment_id]
                held_now[one.key], keys[one.assignment_id] = one, one.key
            elif event.kind in ENDS and event.assignment_id in keys:
                del held_now[keys.pop(event.assignment_id)]
            if event.event_id not in early:
                yield event


def told_late(events: Sequence[Event], given: Mapping[str, Sequence[OpenAssignment]],
              held_before: Mapping[str, OpenAssignment]) -> list[Event]:
    """The same for events that happened before others that are known: an assignment ends where the next one of its item began.

    `given`: every assignment that their items had so far, by key; `held_before`: who has them now.
    """
    own_ends, held_now, told = _own_ends(events), dict(held_before), list[Event]()
    all_given = {key: list(each) for key, each in given.items()}
    for one in (OpenAssignment.of(event) for event in events if event.kind == "assigned"):
        all_given.setdefault(one.key, []).append(one)
    keys = {each.assignment_id: key for key, each in held_now.items()}
    for event in events:
        if event.kind == "assigned":
            one = OpenAssignment.of(event)
            later = [each for each in all_given[one.key] if each.since > one.since]
            follower = min(later, key=lambda each: each.since, default=None)
            if follower is not None:
                told += [event] if one.assignment_id in own_ends else [event, one.overtaken(follower, event.known_at)]
                continue
            holder = held_now.get(one.key)
            if holder is not None:
                told.append(holder.handed_on(event))
                del keys[holder.assignment_id]
            held_now[one.key], keys[one.assignment_id] = one, one.key
        elif event.kind in ENDS and event.assignment_id in keys:
            del held_now[keys.pop(event.assignment_id)]
        told.append(event)
    return told


def _own_ends(events: Sequence[Event]) -> dict[str, list[Event]]:
    """The ends that the events themselves tell, by assignment."""
    found: dict[str, list[Event]] = {}
    for event in events:
        if event.kind in ENDS:
            found.setdefault(event.assignment_id, []).append(event)
    return found
