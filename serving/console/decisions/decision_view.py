"""One decision as its page shows it, put together from the document, the directory of then and the store."""
from collections.abc import Sequence
from dataclasses import dataclass

from rules.errors import BundleError
from rules.intake.item import item_from_json
from rules.model import Directory
from serving.console.decisions import evidence, funnel, item_view, since, slate_view
from serving.console.decisions.compared import ContrastView, compared
from serving.console.web.bars import largest
from serving.console.web.people import PersonView, naming, person
from serving.decision.choice import running_features
from serving.decision.explain_against import stored_contrast
from serving.decision.next_steps import next_steps
from serving.decision.parts import CheckPart, DecisionDocument
from serving.decision.sentences import label_of
from serving.fairness.registry import ASKS
from serving.runtime.replay import Replayed, Replayer
from serving.store.store import Store

#: At most so many owners of each sort are offered for a contrast; any other can be typed.
MOST_OFFERED = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """Owners that a contrast can be asked for, by what they were to the decision."""

    eligible: tuple[PersonView, ...]
    excluded: tuple[PersonView, ...]
    outside: tuple[PersonView, ...]
    more: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """What a page was asked for beside the decision: a comparison, a replay and its finding, a word on what was done.

    `contrasts`: further comparisons, written out where a page cannot be asked for them.
    """

    versus: str | None = None
    replayed: Replayed | None = None
    notice: str | None = None
    contrasts: tuple[ContrastView, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionShown:
    """Everything on the page of one decision; `checks` each with what it asks."""

    document: DecisionDocument
    owner: PersonView | None
    because: tuple[str, ...]
    next_steps: tuple[str, ...]
    funnel: tuple[funnel.FunnelStep, ...]
    slate: tuple[slate_view.CandidateView, ...]
    contrast: ContrastView | None
    offered: Offered
    rules_out: tuple[evidence.RuleOut, ...]
    checks: tuple[tuple[CheckPart, str], ...]
    attributes: tuple[item_view.AttributeView, ...]
    happened: tuple[since.Happened, ...]
    linked: tuple[tuple[str, str], ...]

    @property
    def runner_up(self) -> slate_view.CandidateView | None:
        """The best candidate other than the one chosen."""
        return next((candidate for candidate in self.slate if not candidate.chosen), None)

    @property
    def margin(self) -> float | None:
        """By how much the chosen one's score exceeds the runner-up's; None where nothing was scored."""
        chosen = next((candidate for candidate in self.slate if candidate.chosen), None)
        other = self.runner_up
        if chosen is None or other is None or chosen.row.score is None or other.row.score is None:
            return None
        return chosen.row.score - other.row.score

    @property
    def widest_term(self) -> float:
        """What the one scale of all term bars has to hold."""
        return largest(amount for row in self.document.candidates for amount in (row.contributions or {}).values())


def show(decision_id: str, *, store: Store, replayer: Replayer, versus: str | None = None) -> DecisionShown:
    """The decision as shown; `versus` None = its own explanation. UnknownOwner for a `versus` nobody bears."""
    document = replayer.document(decision_id)
    directory = replayer.directory(document.versions.directory)
    answer = replayer.versus(document, versus) if versus else stored_contrast(document)
    return DecisionShown(
        document=document, owner=None if document.owner_id is None else person(document.owner_id, directory),
        because=tuple(map(naming(document, directory), document.sentences)),
        next_steps=next_steps(document), funnel=funnel.steps(document),
        slate=slate_view.candidates(document, directory, labels(document, replayer)),
        contrast=compared(answer, document, directory),
        offered=_offered(document, directory), rules_out=evidence.rules_out(document, directory),
        checks=tuple((check, ASKS.get(check.id, "")) for check in document.fairness.checks),
        attributes=item_view.attributes(document),
        happened=since.happened(store, decision_id, directory), linked=since.linked(store, document))


def labels(document: DecisionDocument, replayer: Replayer) -> dict[str, str]:
    """The plain label of every feature, with the item's own values; the bare names where the bundle is gone."""
    model = document.versions.model
    if model is None:
        return {}
    try:
        features, _ = running_features(replayer.bundle(model).plan)
    except BundleError:
        return {}
    item = item_from_json(document.item)
    return {name: label_of(feature, item) for name, feature in features.items()}


def _offered(document: DecisionDocument, directory: Directory) -> Offered:
    eligible = [row.owner_id for row in document.candidates if row.owner_id != document.owner_id]
    excluded = [each for out in document.eligibility.excluded for each in out.owners]
    known = {*eligible, *excluded, document.owner_id}
    outside = [each for each in directory.owners if each not in known]
    return Offered(eligible=_people(eligible, directory), excluded=_people(excluded, directory),
                   outside=_people(outside, directory),
                   more=max(map(len, (eligible, excluded, outside))) > MOST_OFFERED)


def _people(owners: Sequence[str], directory: Directory) -> tuple[PersonView, ...]:
    return tuple(person(owner, directory) for owner in owners[:MOST_OFFERED])
