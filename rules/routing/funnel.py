"""The funnel: owners pass one requirement after the other; each is left or excluded once, by the first that refuses.

Nothing is lost on the way: whoever was put in is either still in or stands under exactly one exclusion.
"""
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import compress

from rules.model import Owner
from rules.routing_result import Exclusion, Verdict

Judge = Callable[[Owner], Verdict]
_REASONS_TOLD = 3


class Lineup:
    """Owners in their order, by id and by place: made once for a team that many items are narrowed in."""

    __slots__ = ("owners", "ids", "places")

    def __init__(self, owners: Iterable[Owner]):
        self.owners = tuple(owners)
        self.ids = tuple([owner.owner_id for owner in self.owners])
        self.places = {owner_id: place for place, owner_id in enumerate(self.ids)}


class Funnel:
    """Owners under consideration, narrowed step by step; a byte for each says whether they are still in."""

    def __init__(self, lineup: Lineup):
        self._lineup = lineup
        self._in = bytearray(b"\x01") * len(lineup.ids)
        self._left: Sequence[Owner] | None = lineup.owners
        self._left_ids: tuple[str, ...] | None = lineup.ids
        self._count = self.considered = len(lineup.ids)
        self.excluded: list[Exclusion] = []

    @property
    def left(self) -> Sequence[Owner]:
        """Those who are still in, in their order."""
        if self._left is None:
            self._left = list(compress(self._lineup.owners, self._in))
        return self._left

    @property
    def left_ids(self) -> tuple[str, ...]:
        """Their ids: one and the same tuple until somebody is excluded."""
        if self._left_ids is None:
            self._left_ids = tuple(compress(self._lineup.ids, self._in))
        return self._left_ids

    def still_in(self, owners: Iterable[Owner]) -> list[Owner]:
        """Those of some of the owners put in who have not been excluded."""
        inside, places = self._in, self._lineup.places
        return [owner for owner in owners if inside[places[owner.owner_id]]]

    def require(self, rule: str, judge: Judge, among: Sequence[Owner] | None = None) -> None:
        """Exclude under the rule everyone whom it refuses; with `among` only these are asked, the others pass."""
        refused = self._refused(judge, among)
        if refused:
            self._exclude(rule, refused)

    def refuse(self, rule: str, refused: Sequence[tuple[Owner, Verdict]]) -> None:
        """Exclude under the rule those of some owners refused already who are still in."""
        inside, places = self._in, self._lineup.places
        if self._count < self.considered:
            refused = [pair for pair in refused if inside[places[pair[0].owner_id]]]
        if refused:
            self._exclude(rule, refused)

    def prefer(self, rule: str, judge: Judge, others: str, among: Sequence[Owner] | None = None) -> None:
        """Exclude those refused only where somebody passes; `others` says what the rest are."""
        refused = self._refused(judge, among)
        if refused and len(refused) < self._count:
            self._exclude(rule, [(owner, Verdict(eligible=False, reason=others, evidence=verdict.evidence))
                                 for owner, verdict in refused])

    def apply(self, policy: str, rule: str, judge: Judge, others: str, among: Sequence[Owner] | None = None) -> None:
        """Require, prefer or ignore, as the book's availability says."""
        if policy == "require":
            self.require(rule, judge, among)
        elif policy == "prefer":
            self.prefer(rule, judge, others, among)

    def _refused(self, judge: Judge, among: Sequence[Owner] | None) -> list[tuple[Owner, Verdict]]:
        asked = [(owner, judge(owner)) for owner in (self.left if among is None else among)]
        return [(owner, verdict) for owner, verdict in asked if not verdict.eligible]

    def _exclude(self, rule: str, refused: Sequence[tuple[Owner, Verdict]]) -> None:
        owners = tuple([owner.owner_id for owner, _verdict in refused])
        inside, places = self._in, self._lineup.places
        for owner_id in owners:
            inside[places[owner_id]] = 0
        self._count -= len(owners)
        self._left = self._left_ids = None
        self.excluded.append(Exclusion(rule=rule, reason=_reasons(refused), evidence=_evidence(refused), owners=owners))


def _reasons(refused: Sequence[tuple[Owner, Verdict]]) -> str:
    """The reasons in words, most frequent first; past a few the rest is counted."""
    counted = Counter([verdict.reason for _owner, verdict in refused]).most_common()
    told = "; ".join(reason for reason, _count in counted[:_REASONS_TOLD])
    more = len(counted) - _REASONS_TOLD
    return told if more <= 0 else f"{told}; and {more} more"


def _evidence(refused: Sequence[tuple[Owner, Verdict]]) -> dict[str, object]:
    """The facts used: a fact that all share stands once, others by owner."""
    shared: dict[str, object] = {}
    for name in {name: None for _owner, verdict in refused for name in verdict.evidence}:
        facts = [(owner.owner_id, verdict.evidence[name]) for owner, verdict in refused if name in verdict.evidence]
        values = [value for _owner_id, value in facts]
        same = len(values) == len(refused) and values.count(values[0]) == len(values)
        shared[name] = values[0] if same else dict(facts)
    return shared
