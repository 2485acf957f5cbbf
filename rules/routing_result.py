"""What the rules say of one item: verdicts, the route and how it came about, who is eligible and who is left out by what."""
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Literal

from rules.model import EMPTY


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A rule's answer about one owner or item: yes or no, why in words, and the facts used."""

    eligible: bool
    reason: str = ""
    evidence: Mapping[str, object] = EMPTY


ALLOWED = Verdict(eligible=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exclusion:
    """The owners one rule took out, with the rule, the reason in words and the facts used."""

    rule: str
    reason: str
    owners: tuple[str, ...]
    evidence: Mapping[str, object] = EMPTY


class Via(StrEnum):
    """How an item came to its team; with `decided_by` where no model or person chose, and where `rules simulate` counts it.

    It is the last turn of the item's way; but what only the last stage or an `else` takes came so, whatever follows.
    """

    decided_by: Literal["rule", "fallback"]
    ends: str

    RULE = "rule", "rule", "people"
    NAMED = "named", "rule", "people"
    NEAREST = "nearest", "rule", "people"
    ELSE = "else", "fallback", "else"
    LAST_STAGE = "last_stage", "fallback", "fallback"
    COMPLIANCE = "compliance", "rule", "compliance"
    WINDOW = "window", "rule", "held"
    HOLD = "hold", "rule", "held"
    NOBODY_FREE = "nobody_free", "fallback", "nobody_free"

    def __new__(cls, word: str, decided_by: Literal["rule", "fallback"], ends: str) -> "Via":
        """A word that carries what it means elsewhere."""
        made = str.__new__(cls, word)
        made._value_, made.decided_by, made.ends = word, decided_by, ends
        return made

    def then(self, later: "Via") -> "Via":
        """After one more turn."""
        return self if self in (Via.LAST_STAGE, Via.ELSE) else later


@dataclass(frozen=True, kw_only=True, slots=True)
class Treatment:
    """How a rule has an item treated: keys of a rule that its route carries along, in words; two books may differ in each."""

    playbook: str | None = None
    channel: str | None = None                            # how the customer is to be contacted

    @property
    def how(self) -> dict[str, str | None]:
        """Every such key with its words."""
        return {name: getattr(self, name) for name in HOW}


#: The names of those keys.
HOW = tuple(one.name for one in fields(Treatment))


@dataclass(frozen=True, kw_only=True, slots=True)
class Route(Treatment):
    """Where the stages send an item: the stage and rule that took it, in the book's words, the team, and by which turn."""

    stage: str
    rule: str
    team: str | None
    says: str | None = None
    reason: str | None = None
    sla: str | None = None
    named_owner: str | None = None                        # an owner that the named-account table names
    via: Via = Via.RULE


@dataclass(frozen=True, kw_only=True, slots=True)
class Eligibility:
    """The funnel: eligible + excluded = considered, considered + outside_team = the directory; each owner once."""

    considered: int
    outside_team: int
    eligible: tuple[str, ...]                             # owner ids in membership order
    excluded: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RoutingResult:
    """All that the rules say about one item: its route, the funnel, and what follows when nobody is sought or free.

    `queue` is set when the item goes to a queue (no owner is sought, or `none_free` named one); `queue_owner` is the
    queue's own row among the owners, if there is one; `none_free` is true when a team was found and nobody in it is
    free; `nearest` where the one eligible is the nearest branch; `wait_until` says when to look again, if the book lets the
    item wait; `passed_on` tells in words why somebody else is sought than the person whom the book names.
    """

    route: Route
    eligibility: Eligibility
    queue: str | None = None
    queue_owner: str | None = None
    automation: str | None = None
    none_free: bool = False
    nearest: bool = False
    wait_until: datetime | None = None
    warnings: tuple[str, ...] = ()
    passed_on: str | None = None

    @property
    def ends(self) -> str:
        """Where `rules simulate` counts the item."""
        via = self.route.via
        return "queue" if via.ends == "people" and self.queue is not None else via.ends
