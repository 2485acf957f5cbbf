"""Who has an item after whom, where events come from a file: one owner at a time, the newest last, whatever came in when."""
from collections.abc import Mapping, Sequence

from features.events import ENDS, Event
from rules.model import EMPTY
from serving.store.assignments import OpenAssignment


def one_after_the_other(events: Sequence[Event], held_before: Mapping[str, OpenAssignment] = EMPTY) -> list[Event]:
    """Events in known order, so that an item has one owner at a time: who gets one that another has ends that as `reassigned`.

    An end of its own at that very moment does as well, and comes first. `held_before`: who had what before, by key.
    """
    own_ends = _own_ends(events)
    held_now, told, early = dict(held_before), list[Event](), set[str]()
    keys = {each.assignment_id: key for key, each in held_now.items()}
    for event in events:
        if event.kind == "assigned":
            one = OpenAssignment.of(event)
            holder = held_now.get(one.key)
            if holder is not None:
                end = next((each for each in own_ends.get(holder.assignment_id, ()) if each.known_at == event.known_at),
                           holder.handed_on(event))
                told.append(end)
                early.add(end.event_id)
                del keys[holder.assignment_id]
            held_now[one.key], keys[one.assignment_id] = one, one.key
        elif event.kind in ENDS and event.assignment_id in keys:
            del held_now[keys.pop(event.assignment_id)]
        if event.event_id not in early:
            told.append(event)
    return told


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
