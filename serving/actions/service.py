"""What people do with a decision (the kinds of serving/actions/kinds/), each in one commit with all that it means.

    wish -> same key before? -> still as the caller read it? -> may it be done? -> events + capacity + action + key -> answer

Who may have an item is asked again at that moment: accepting a recommendation reserves then, and an override goes to
an owner who is eligible then.
"""
from concurrent.futures import Future
from dataclasses import dataclass

import orjson

from serving.actions.commands import ActionCommand, check_match
from serving.actions.registry import ACTIONS, check
from serving.runtime.idempotent import Kept
from serving.runtime.live import Live
from serving.store import action_log
from serving.store.decision_status import standing_of
from serving.store.writer import Writing


@dataclass(frozen=True, kw_only=True, slots=True)
class Acted:
    """The bytes answered, as committed: the action, or the new decision of an override.

    `decision_id` is the decision acted on, `new_decision_id` the override's; `etag` the entity tag of the one that is
    to be acted on next, which is the override's where there is one; `replayed` when the key had been answered before.
    """

    decision_id: str
    canonical: bytes
    etag: str
    new_decision_id: str | None = None
    replayed: bool = False

    @property
    def document(self) -> dict[str, object]:
        """What was answered, as data."""
        return orjson.loads(self.canonical)


class Actions:
    """Carries out wishes on one workspace's decisions. Refused (or NotEligible, StaleMatch) says why one cannot be."""

    def __init__(self, live: Live):
        self._live = live

    def act(self, wish: ActionCommand) -> Acted:
        """Carry out a wish and wait for the commit."""
        return self.submit(wish).result()

    def submit(self, wish: ActionCommand) -> "Future[Acted]":
        """Queue a wish; those that wait share a commit. InputError for an unknown code, KeyRunning as for decisions."""
        check(wish)
        return self._live.idempotent.submit(
            wish.kind, wish, lambda writing: self._act(writing, wish),
            lambda writing, made, canonical: _acted(writing, wish, canonical, made, replayed=True))

    def _act(self, writing: Writing, wish: ActionCommand) -> Kept[Acted]:
        standing = standing_of(writing.connection, wish.decision_id)
        check_match(wish, standing)
        done = ACTIONS[wish.kind].carry_out(writing, self._live, wish, standing)
        kept, made = action_log.put(writing, done.action), done.action.new_decision_id
        return Kept(answer=_acted(writing, wish, done.decision or kept, made), events=done.events, decision_id=made,
                    canonical=kept if made is None else None)


def _acted(writing: Writing, wish: ActionCommand, canonical: bytes, made: str | None, *, replayed: bool = False) -> Acted:
    return Acted(decision_id=wish.decision_id, new_decision_id=made, canonical=canonical, replayed=replayed,
                 etag=standing_of(writing.connection, made or wish.decision_id).etag)
