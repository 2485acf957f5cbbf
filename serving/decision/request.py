"""What a decision is asked for and the policy it is made under: both are values, both are logged with it."""
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import Field

from features.events import EVENTS, EventKind
from features.plan import Objective
from rules.routing_result import Verdict

Mode = Literal["recommend", "assign"]
Ranking = Literal["model", "rotation"]
#: Which model may decide beside the champion in an experiment: the one that would follow it, or the one that it followed.
Role = Literal["challenger", "previous"]
HeldBackBy = Literal["rotation", "previous"]
#: 1: as until issue 9; 2: fairness checks say `not_enough` where they cannot tell; 3: a time zone keeps today's name;
#: 4: a decision tells how its team's work is spread, what that cost, and each price even where it is nothing.
EDITION = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """A person gives the item to `owner_id` instead of what decision `of` said, who was `instead_of` (None = nobody).

    `reason`: a code of serving/ranking/reasons.py.
    """

    of: str
    owner_id: str
    reason: str
    instead_of: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Holding:
    """Who has the item already: by which decision or imported assignment, in which team."""

    assignment_id: str
    owner_id: str
    team: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HadIt:
    """Somebody had the item before, or was offered it, and gave it back: by what kind of event and when."""

    owner_id: str
    how: EventKind
    at: str

    @property
    def verdict(self) -> Verdict:
        """Why they are not offered it again."""
        return Verdict(eligible=False, reason=f"{EVENTS[self.how].gave_back} on {self.at[:10]}",
                       evidence={"how": self.how, "at": self.at})


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanPlace:
    """Which plan a decision belongs to, and which one of it: the places before it are given in the state that it read.

    `ends`: the assignment from which the plan moves the item, None where it moves none.
    """

    plan: str
    place: int
    ends: str | None = None

    @property
    def decision_id(self) -> str:
        """The id of the decision in this place."""
        return uuid5(UUID(self.plan), str(self.place)).hex

    @property
    def following(self) -> "PlanPlace":
        """The next place."""
        return replace(self, place=self.place + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionRequest:
    """One item to decide on, as asked: `item` is the raw record, `exclude` the owners asked to be left out.

    `mode` recommend changes nothing; assign reserves capacity and starts the clock. `top`: how many candidates are
    shown in full detail. `current_owner`: who has the item now, and keeps it where the book says so. `override`: the
    owner is a person's choice among those eligible. `held_by`: who has the item and keeps it, so that nobody is sought.
    `had`: who had the item before and gave it back, last one last. `plan`: its place among several items that are decided
    together. `moves_from`: who has it where the book may move it, and needs no further place to keep it. `left_out`: fields of
    the record that the book does not know and the workspace lets pass; `item` is without them.
    """

    decision_id: str
    item: Mapping[str, object]
    mode: Mode = "recommend"
    top: int = 5
    current_owner: str | None = None
    exclude: tuple[str, ...] = ()
    override: Override | None = None
    held_by: Holding | None = None
    had: tuple[HadIt, ...] = ()
    plan: PlanPlace | None = None
    moves_from: str | None = None
    left_out: tuple[str, ...] = ()


#: What the model tells of an owner, by what is learnt: a chance of it, or the time expected.
_MEASURES: Mapping[str, str] = {"outcome": "expected success", "agreement": "agreement with who owned such items",
                                "reply": "expected to the first reply", "resolve": "expected to the closing"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The settings that change a decision, in the order in which they are logged with it.

    A field is the whole declaration of a setting: the file's reader, the page of settings and the logged inputs follow it.
    `edition` is none: what changed in deciding that no setting turns off; logged from 2 on, so that what was decided before
    is replayed as it was decided.
    """

    exploration_share: Annotated[float, Field(
        ge=0, le=0.5, title="exploration.share", description="total probability not on rank 1, inside the eligible set; 0 "
        "also turns the near-tie lottery off")] = 0.05
    ranking: Annotated[Ranking, Field(
        title="mode.ranking", description="`rotation`: rules only, free of individual behaviour; `rightful mode` overrides "
        "it")] = "model"
    min_slate: Annotated[int, Field(
        ge=1, le=1000, title="ranking.min_slate", description="fewer eligible owners than this are not ranked by the "
        "model")] = 2
    stale_after: Annotated[timedelta, Field(
        title="ranking.stale_after", description="when the newest event is older than this at the moment of decision, the "
        "model abstains")] = timedelta(days=30)
    protected: Annotated[tuple[str, ...], Field(
        title="features.protected", description="columns of owners.csv that may never become features")] = ()
    objectives: tuple[Objective, ...] = ()
    edition: int = EDITION
    pace: Annotated[float, Field(
        ge=0, le=5, title="ranking.pace", description="log-odds that each item costs whom the model ranks, beyond what "
        "they may be ahead of the others in the last 24 hours; 0 turns it off")] = 0.6
    holdback: Annotated[float, Field(
        ge=0, le=0.5, title="holdback.share", description="share of the items that the model would decide which it does not, "
        "drawn once per item, so that `rightful report benefit` can tell what the model is worth; 0 holds none back")] = 0.0
    holdback_by: Annotated[HeldBackBy, Field(
        title="holdback.by", description="who decides what is held back: turns, or the model that ranked before this one (turns "
        "where there was none)")] = "rotation"
    coin: Annotated[float, Field(
        ge=0, le=1, title="exploration.coin", description="where the challenger of `rightful challenge` would pick another owner "
        "than the champion: the chance that it decides; 0 only logs both")] = 0.5

    told_apart: Annotated[float, Field(
        ge=0.5, le=0.95, title="ranking.told_apart", description="where the first in rank is better than somebody with no more "
        "than this probability, by how sure their past results are, the two are nearly equal and a lottery decides; 0.5 leaves "
        "exact ties only")] = 0.6

    @property
    def exploration_version(self) -> str:
        """What names the drawing rule: a retry under the same rule and item draws the same number."""
        return f"mixture-1:share={self.exploration_share!r}"

    def value_attribute(self, kind: str) -> str:
        """The item attribute that says what an item of this kind is worth."""
        return next((objective for objective in self.objectives if objective.kind == kind), Objective(kind=kind)).value

    def measure(self, kind: str) -> str:
        """What a probability of this kind of item is a probability of, or a time a time to, in words fit for a sentence."""
        learn = next((each.learn for each in self.objectives if each.kind == kind), "outcome")
        return _MEASURES[learn]
