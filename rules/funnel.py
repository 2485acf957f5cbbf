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
        self.left: list[Owner] = list(owners)
        self.considered = len(self.left)
        self.excluded: list[Exclusion] = []

    def require(self, rule: str, judge: Judge) -> None:
        """Exclude under the rule everyone whom it refuses."""
        passed, refused = self._judge(judge)
        if refused:
            self._exclude(rule, refused, passed)

    def prefer(self, rule: str, judge: Judge, others: str) -> None:
        """Exclude those refused only where somebody passes; `others` says what the rest are."""
        passed, refused = self._judge(judge)
        if passed and refused:
            told = [(owner, Verdict(eligible=False, reason=others, evidence=verdict.evidence))
                    for owner, verdict in refused]
            self._exclude(rule, told, passed)

    def apply(self, policy: str, rule: str, judge: Judge, others: str) -> None:
        """Require, prefer or ignore, as the book's availability says."""
        if policy == "require":
            self.require(rule, judge)
        elif policy == "prefer":
            self.prefer(rule, judge, others)

    def _judge(self, judge: Judge) -> tuple[list[Owner], list[tuple[Owner, Verdict]]]:
        passed, refused = [], []
        for owner in self.left:
            verdict = judge(owner)
            if verdict.eligible:
                passed.append(owner)
            else:
                refused.append((owner, verdict))
        return passed, refused

    def _exclude(self, rule: str, refused: list[tuple[Owner, Verdict]], passed: list[Owner]) -> None:
        self.left = passed
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
