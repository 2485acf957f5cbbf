"""READ FIRST: the decision itself. Who may own the item, who should, why, and what was checked: one pure function.

The same function answers live requests, routes files, replays the log and judges the test worlds. Time, state, model,
randomness (one number per item) and settings come in as arguments; nothing is written.
"""
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from features.events import Event
from features.view import View
from rules.book.schema import RuleBook
from rules.intake.item import item_to_json, read_item
from rules.model import EMPTY, Directory, Moment, WorkItem
from rules.plain_json import plain_object
from rules.refdata.times import format_instant
from rules.routing.availability import FullOwners, WithPlace
from rules.routing.continuity import asks_the_past, continued
from rules.routing.eligibility import is_allowed, route_and_filter
from rules.routing.lifecycle import contradictions
from rules.routing_result import RoutingResult
from serving.decision.choice import Choice, RankingContext, choose, with_explanations
from serving.decision.document import (
    account_part,
    eligibility_part,
    next_part,
    override_part,
    owner_part,
    ranked_candidates,
    route_part,
    sla_part,
    spread_part,
    unranked_candidates,
    with_shares,
)
from serving.decision.due_time import response_due
from serving.decision.experiment import Experiment, Rival
from serving.decision.explanation import explain
from serving.decision.held import about_holder, held_explanation, nobody_sought
from serving.decision.inputs import DecisionInputs, InputRecorder, LoggedView
from serving.decision.override import chosen_by_person
from serving.decision.parts import Candidate, CheckPart, DecisionDocument, ExplorationPart, FairnessPart, Outcome, VersionsPart
from serving.decision.request import DecisionRequest, Policy, Role
from serving.decision.spread import counted_as
from serving.decision.timings import Stopwatch
from serving.fairness.check import Check, ChoiceFacts, FunnelFacts, worst
from serving.fairness.registry import checked
from serving.ranking.bundle import Bundle
from serving.ranking.exploration import draw_number
from serving.ranking.layers import probability
from serving.ranking.reasons import Reason


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision:
    """The outcome of one request: the document, what it was made from, and the event that the item's owner getting it is.

    `given`: that event, whether the request assigns or only recommends; None where nobody gets the item.
    """

    document: DecisionDocument
    inputs: DecisionInputs
    given: Event | None

    @property
    def assigned(self) -> Event | None:
        """The event to store, None where nothing was assigned."""
        return self.given if self.document.outcome == "assigned" else None


def recommend(request: DecisionRequest, *, at: datetime, book: RuleBook, directory: Directory, view: View,
              bundle: Bundle | None, policy: Policy, key: bytes, versions: Mapping[str, object],
              exclude_full: Collection[str] = (), u: float | None = None, as_read: WorkItem | None = None,
              rivals: Mapping[Role, Rival] = EMPTY, draws: Mapping[str, float] | None = None) -> Decision:
    """Decide one item.

    `key` draws the item's number, unless a replay gives the logged `u`; `versions` adds to the document's own (the
    calendar's and the code's). `exclude_full`: owners that became full since the view was taken, which a lost race
    for capacity names; they are listed under capacity and the rest is drawn with the same number. `as_read`: the
    item as it was read once, for a decision made when items were read otherwise. `rivals`: other models that may decide in an
    experiment; `draws` its logged numbers, for a replay.
    Raises ItemError with every problem of the item.
    """
    clock = Stopwatch()
    at = at.astimezone(UTC)
    state = InputRecorder(view)
    item = as_read or read_item(request.item, book=book, directory=directory, at=at, complete=True)
    narrowing, held = _narrowed(item, request, at=at, book=book, directory=directory, state=state, policy=policy,
                                exclude_full=exclude_full), request.held_by
    clock.lap("rules")
    if u is None:
        u = draw_number(key, item.item_id, item.received_at, policy.exploration_version)
    situation = RankingContext(item=item, narrowing=narrowing, at=at, book=book, directory=directory, state=state,
                          bundle=bundle, policy=policy, u=u, clock=clock)
    tried = Experiment(rivals, partial(draw_number, key, item.item_id, item.received_at) if draws is None else draws.__getitem__)
    choice, override = _choice(situation, request, tried), request.override
    choice = _allowed_again(choice, item, narrowing, book=book, directory=directory, at=at)
    clock.lap("score")
    if choice.slate is not None:
        choice = replace(choice, slate=with_explanations(choice.slate, request.top))
    explanation, withheld = (explain(choice, item=item, narrowing=narrowing, policy=policy, override=override)
                             if held is None else (held_explanation(held), ()))
    explanation = tried.told(explanation)
    checks = _checks(choice, narrowing, directory)
    full_versions = {**versions, "rulebook": book.digest, "directory": directory.digest, "state": state.seq,
                     "model": bundle.hash if bundle else None,
                     "features": bundle.catalogue_digest if bundle else None}
    warnings = [*item.warnings, *contradictions(item, narrowing.route, book, Moment(at=at)), *narrowing.warnings,
                *choice.warnings, *withheld, *_about_request(request, exclude_full, directory),
                *(() if held is None else about_holder(held, item, book=book, directory=directory, at=at))]
    outcome = _outcome(choice, request)
    owner_id, team = _goes_to(choice, narrowing, request, outcome)
    promises = outcome not in ("refused", "held")
    due = response_due(narrowing, book=book, directory=directory, owner_id=owner_id, at=at) if promises else None
    told_since_4 = policy.edition >= 4
    candidates, fairness = _candidates(choice, narrowing, request.top, priced=told_since_4), _fairness(checks)
    clock.lap("explain")
    document = DecisionDocument(
        decision_id=request.decision_id, decided_at=format_instant(at), mode=request.mode, item=plain_object(item_to_json(item)),
        outcome=outcome, owner=owner_part(owner_id, team, directory), decided_by=choice.decided_by,
        why_not_model=choice.reason.value if choice.reason else None, account=account_part(item), route=route_part(narrowing),
        eligibility=eligibility_part(narrowing), candidates=candidates, explanation=explanation, fairness=fairness,
        sla=sla_part(narrowing, book, due), next=next_part(narrowing), warnings=warnings,
        exploration=_exploration(choice, policy, u), versions=VersionsPart.from_json(full_versions),
        timings_us=clock.laps, override=override_part(override), held_by=None if held is None else held.assignment_id,
        experiment=tried.part, spread=spread_part(choice.promise, choice.slate or choice.beside) if told_since_4 else None)
    inputs = DecisionInputs(
        request=request, policy=policy, at=at, versions=plain_object(full_versions), exclude_full=tuple(exclude_full),
        seq=state.seq, newest_event_at=state.newest_event_at, u=u, m=_quality(choice, item, bundle), draws=tried.draws or None,
        **state.noted())
    inputs = replace(inputs, rivals=tried.logged(inputs, item) or None)
    return Decision(document=document, inputs=inputs, given=_given(
        document, choice, item, at, policy, bundle, due, counted_as(book, narrowing.route)))


def _narrowed(item: WorkItem, request: DecisionRequest, *, at: datetime, book: RuleBook, directory: Directory,
              state: InputRecorder, policy: Policy, exclude_full: Collection[str]) -> RoutingResult:
    """Who may own the item: route, compliance, room, and who had it or one like it before."""
    carried = WithPlace(state.workload, request.moves_from) if request.moves_from else state.workload
    narrowing = route_and_filter(item, book=book, directory=directory, at=at, exclude=request.exclude,
                                 person_else=policy.edition > 1, had={each.owner_id: each.verdict for each in request.had},
                                 workload=FullOwners(carried, exclude_full, directory) if exclude_full else carried)
    if request.held_by is not None:
        return nobody_sought(narrowing, directory)
    if request.override is not None:
        return narrowing
    earlier = state.earlier(item, book.intake.duplicates_within) if asks_the_past(book.intake) else ()
    return continued(narrowing, book.intake, current_owner=request.current_owner, earlier=earlier)


def _goes_to(choice: Choice, narrowing: RoutingResult, request: DecisionRequest,
             outcome: str) -> tuple[str | None, str | None]:
    """The owner and the team, or the queue, that the item is with after the decision."""
    held = request.held_by
    if held is not None:
        return held.owner_id, held.team
    if outcome == "queued":
        return narrowing.queue_owner, narrowing.queue or narrowing.route.team
    return choice.owner_id, narrowing.route.team


def replay(inputs: DecisionInputs, *, book: RuleBook, directory: Directory, bundle: Bundle | None,
           view: View | None = None, as_read: WorkItem | None = None, rivals: Mapping[Role, Rival] = EMPTY) -> Decision:
    """The decision made again from what was logged and the versions it names; `view`: from that state in place of the log's."""
    return recommend(inputs.request, at=inputs.at, book=book, directory=directory, view=view or LoggedView(inputs),
                     bundle=bundle, policy=inputs.policy, key=b"", versions=inputs.versions,
                     exclude_full=inputs.exclude_full, u=inputs.u, as_read=as_read, rivals=rivals, draws=inputs.draws or {})


def _allowed_again(choice: Choice, item: WorkItem, narrowing: RoutingResult, *, book: RuleBook, directory: Directory,
                   at: datetime) -> Choice:
    """Compliance once more on the one chosen: nothing may return an owner it excludes, whatever chose them."""
    if choice.owner_id is None:
        return choice
    verdict = is_allowed(item, choice.owner_id, book=book, directory=directory, at=at)
    if verdict.eligible:
        return choice
    return Choice(owner_id=None, decided_by="fallback", refused=True, warnings=(
        f"refused: compliance does not allow {choice.owner_id}, who was chosen in {narrowing.route.team}: "
        f"{verdict.reason}; have the rule book checked",))


def _choice(situation: RankingContext, request: DecisionRequest, tried: Experiment) -> Choice:
    """Nobody where the item is held, else a person's choice, else whom rules, ranking and experiments find."""
    if request.held_by is not None:
        return Choice(owner_id=None, decided_by="rule")
    if request.override is not None:
        return chosen_by_person(situation, request.override.owner_id)
    return tried.on(choose(situation), situation)


def _quality(choice: Choice, item: WorkItem, bundle: Bundle | None) -> float | None:
    """The item's log-odds under the bundle in force, None where no model decided."""
    if choice.slate is None:
        return None
    return choice.slate.m if bundle is None or choice.slate.bundle is bundle else bundle.item_log_odds(item)


def _outcome(choice: Choice, request: DecisionRequest) -> Outcome:
    if request.held_by is not None:
        return "held"
    if choice.refused:
        return "refused"
    if choice.owner_id is None:
        return "queued"
    return "assigned" if request.mode == "assign" else "recommended"


def _candidates(choice: Choice, narrowing: RoutingResult, top: int, *, priced: bool) -> list[Candidate]:
    return with_shares(_by_rank(choice, narrowing, top, priced=priced), choice.promise)


def _by_rank(choice: Choice, narrowing: RoutingResult, top: int, *, priced: bool) -> list[Candidate]:
    if choice.slate is not None:
        return ranked_candidates(choice.slate, top, priced=priced)
    if choice.decided_by == "person" and choice.owner_id is not None:
        return unranked_candidates([choice.owner_id, *(owner for owner in narrowing.eligibility.eligible
                                                       if owner != choice.owner_id)])
    return unranked_candidates(choice.turn.order if choice.turn else narrowing.eligibility.eligible)


def _checks(choice: Choice, narrowing: RoutingResult, directory: Directory) -> tuple[Check, ...]:
    """All checks in order; a decision without a ranking has only its funnel to check."""
    checks = checked(FunnelFacts(eligibility=narrowing.eligibility, directory_size=len(directory.owners), chosen=choice.owner_id))
    if choice.slate is None and choice.turn is None and choice.decided_by != "person":
        return checks
    checks = (*choice.checks, *checks, *checked(ChoiceFacts(reason=choice.reason, decided_by=choice.decided_by)))
    return tuple(sorted(checks, key=lambda check: check.id))


def _fairness(checks: Collection[Check]) -> FairnessPart:
    return FairnessPart(verdict=worst(checks), checks=[
        CheckPart(id=check.id, name=check.name, verdict=check.verdict, value=check.value, limit=check.limit) for check in checks])


def _exploration(choice: Choice, policy: Policy, u: float) -> ExplorationPart | None:
    """What was drawn and how, None where nothing was drawn."""
    slate = choice.slate
    if slate is None or choice.decided_by == "person":
        return None
    return ExplorationPart(u=repr(u), drawn=slate.drawn + 1, policy=policy.exploration_version,
                           tie_set=[slate.owners[at] for at in slate.tied])


def _about_request(request: DecisionRequest, exclude_full: Collection[str], directory: Directory) -> list[str]:
    said = [f"unknown_field: `{name[:80]}` is no attribute of the rule book; decided without it" for name in request.left_out]
    said += [f"{owner} became full while this was decided" for owner in exclude_full]
    if request.current_owner is not None and request.current_owner not in directory.owners:
        said.append(f"current_owner `{request.current_owner}` is not in the directory")
    return said


def _given(document: DecisionDocument, choice: Choice, item: WorkItem, at: datetime, policy: Policy,
           bundle: Bundle | None, due: datetime | None, counted: str | None) -> Event | None:
    """The event that an assignment is: with what is expected of the item itself, and what the slate is owed."""
    if document.outcome not in ("assigned", "recommended") or choice.owner_id is None:
        return None
    slate, decision_id, owed = choice.slate, document.decision_id, None
    propensity: float | None = 1.0
    by: str = choice.decided_by
    if by == "person":
        propensity, by = None, "manual"
    elif slate is not None:
        propensity = float(slate.propensity[slate.drawn])
        owed = dict(zip(slate.owners, (slate.p / slate.p.sum() - slate.propensity).tolist(), strict=True))
        by = "model" if slate.drawn == slate.first else "exploration"
    return Event(
        event_id=f"{decision_id}:assigned", kind="assigned", assignment_id=decision_id, item_id=item.item_id,
        owner_id=choice.owner_id, occurred_at=at, known_at=at, team=document.route.team, item=item,
        expected=None if choice.reason is Reason.MODEL_FAILED else expected_success(item, bundle, _quality(choice, item, bundle)),
        assigned_by="rule" if by == "fallback" else by, propensity=propensity,
        rotation=choice.turn.credits if choice.turn else None, exposure=owed,
        value=item.number(policy.value_attribute(item.kind)), respond_by=due, counted_as=counted)


def expected_success(item: WorkItem, bundle: Bundle | None, m: float | None = None) -> float | None:
    """q: the success the item's own quality promises, whoever has it; None where no model knows this kind."""
    if bundle is None or bundle.objective != item.kind:
        return None
    return float(probability(bundle.item_log_odds(item) if m is None else m, 0.0, 1.0))
