"""The funnel: owners pass one requirement after the other; each is left or excluded once, by the first that refuses.

Nothing is lost on the way: whoever was put in is either still in or stands under exactly one exclusion.
"""
from collections import Counter
from collections.abc import Callable, Iterable

from rules.vocabulary import Exclusion, Owner, Verdict

Judge = Callable[[Owner], Verdict]
_REASONS_TOLD = 3


class Funnel:
    """Owners under consideration, narrowed step by step."""

    def __init__(self, owners: Iterable[Owner]):
        self._left: list[Owner] = list(owners)
        self._left_ids: tuple[str, ...] | None = None
        self._gone: set[str] = set()
        self.considered = len(self._left)
        self.excluded: list[Exclusion] = []

    @property
    def left(self) -> list[Owner]:
        """Those who are still in, in their order."""
        if len(self._left) > self.considered - len(self._gone):
            self._left, self._left_ids = self.still_in(self._left), None
        return self._left

    @property
    def left_ids(self) -> tuple[str, ...]:
        """Their ids: one and the same tuple until somebody is excluded."""
        left = self.left
        if self._left_ids is None:
            self._left_ids = tuple([owner.owner_id for owner in left])
        return self._left_ids

    def still_in(self, owners: Iterable[Owner]) -> list[Owner]:
        """Those of some of the owners put in who have not been excluded."""
        gone = self._gone
        return [owner for owner in owners if owner.owner_id not in gone]

    def require(self, rule: str, judge: Judge, among: list[Owner] | None = None) -> None:
        """Exclude under the rule everyone whom it refuses; with `among` only these are asked, the others pass."""
        refused = self._refused(judge, among)
        if refused:
            self._exclude(rule, refused)

    def prefer(self, rule: str, judge: Judge, others: str, among: list[Owner] | None = None) -> None:
        """Exclude those refused only where somebody passes; `others` says what the rest are."""
        refused = self._refused(judge, among)
        if refused and len(refused) < self.considered - len(self._gone):
            self._exclude(rule, [(owner, Verdict(eligible=False, reason=others, evidence=verdict.evidence))
                                 for owner, verdict in refused])

    def apply(self, policy: str, rule: str, judge: Judge, others: str, among: list[Owner] | None = None) -> None:
        """Require, prefer or ignore, as the book's availability says."""
        if policy == "require":
            self.require(rule, judge, among)
        elif policy == "prefer":
            self.prefer(rule, judge, others, among)

    def _refused(self, judge: Judge, among: list[Owner] | None) -> list[tuple[Owner, Verdict]]:
        asked = [(owner, judge(owner)) for owner in (self.left if among is None else among)]
        return [(owner, verdict) for owner, verdict in asked if not verdict.eligible]

    def _exclude(self, rule: str, refused: list[tuple[Owner, Verdict]]) -> None:
        self._gone.update([owner.owner_id for owner, _verdict in refused])
        self.excluded.append(Exclusion(rule=rule, reason=_reasons(refused), evidence=_evidence(refused),
                                       owners=tuple(owner.owner_id for owner, _verdict in refused)))


def _reasons(refused: list[tuple[Owner, Verdict]]) -> str:
    """The reasons in words, most frequent first; past a few the rest is counted."""
    counted = Counter(verdict.reason for _owner, verdict in refused).most_common()
    told = "; ".join(reason for reason, _count in counted[:_REASONS_TOLD])
    more = len(counted) - _REASONS_TOLD
    return told if more <= 0 else f"{told}; and {more} more"


def _evidence(refused: list[tuple[Owner, Verdict]]) -> dict[str, object]:
    """The facts used: a fact that all share stands once, others by owner."""
    shared: dict[str, object] = {}
    names = {name: None for _owner, verdict in refused for name in verdict.evidence}
    for name in names:
        by_owner = {owner.owner_id: verdict.evidence[name] for owner, verdict in refused if name in verdict.evidence}
        first = next(iter(by_owner.values()))
        same = len(by_owner) == len(refused) and all(value == first for value in by_owner.values())
        shared[name] = first if same else by_owner
    return shared
