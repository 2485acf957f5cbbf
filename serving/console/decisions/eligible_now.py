"""Who could be given a decision's item now: the rules asked again, as an override will ask them."""
from dataclasses import dataclass

from rules.errors import InputError, Refused
from serving.console.web.people import PersonView, person
from serving.decision.inputs import DecisionInputs
from serving.runtime.live import Live
from serving.store.assignments import OpenAssignment
from serving.store.decision_status import FINAL, OVER
from serving.store.writer import Writing


@dataclass(frozen=True, kw_only=True, slots=True)
class EligibleNow:
    """Owners an override may go to, or why there is none; `etag` is what the decision stood at when they were found."""

    etag: str
    owners: tuple[PersonView, ...] = ()
    why_nobody: str = ""


def eligible_now(live: Live, decision_id: str) -> EligibleNow:
    """The owners eligible at this moment, the present one aside."""
    standing = live.store.standing(decision_id)
    if standing.state in FINAL:
        return EligibleNow(etag=standing.etag, why_nobody=f"It {OVER[standing.state]}.")
    inputs = DecisionInputs.from_bytes(live.store.decision_inputs(decision_id))
    try:
        eligible, holder = live.store.write(lambda writing: _asked(live, writing, inputs))
    except InputError as error:
        return EligibleNow(etag=standing.etag, why_nobody=f"Today's rule book cannot read the item: {error}")
    except Refused as error:
        return EligibleNow(etag=standing.etag, why_nobody=f"Nobody can be given it now: {error}")
    present = {holder and holder.owner_id, standing.owner_id if standing.state == "proposed" else None}
    others = tuple(person(owner, live.in_force.directory) for owner in eligible if owner not in present)
    return EligibleNow(owners=others, etag=standing.etag, why_nobody="" if others else "Nobody else is eligible now.")


def _asked(live: Live, writing: Writing, inputs: DecisionInputs) -> tuple[tuple[str, ...], OpenAssignment | None]:
    """Who may have the item and who has it, read inside the writer, where the state of now is; nothing is written."""
    context = live.context(writing)
    _item, narrowing = context.eligible(inputs.request.item, exclude=inputs.request.exclude)
    return narrowing.eligibility.eligible, context.holder(inputs.request.item)
