"""An item that somebody has already and keeps: nobody is sought, the answer names who has it."""
from dataclasses import replace
from datetime import datetime

from rules.book.schema import RuleBook
from rules.model import Directory, WorkItem
from rules.routing.eligibility import is_allowed
from rules.routing_result import Eligibility, RoutingResult
from serving.decision.document import explanation_part
from serving.decision.parts import ExplanationPart
from serving.decision.request import Holding
from serving.decision.sentences import HELD


def nobody_sought(narrowing: RoutingResult, directory: Directory) -> RoutingResult:
    """Where the rules would send the item, and no more: no owner is considered, no clock starts, nothing is waited for."""
    return replace(narrowing, route=replace(narrowing.route, sla=None), queue=None, queue_owner=None, automation=None,
                   wait_until=None, eligibility=Eligibility(considered=0, outside_team=len(directory.owners), eligible=()))


def held_explanation(held: Holding) -> ExplanationPart:
    """Who has the item, and by which decision."""
    return explanation_part(held.owner_id, [HELD.format(owner=held.owner_id, assignment=held.assignment_id)])


def about_holder(held: Holding, item: WorkItem, *, book: RuleBook, directory: Directory, at: datetime) -> list[str]:
    """What a person should see to: the holder is not in the directory, or compliance keeps the item from them by now."""
    if held.owner_id not in directory.owners:
        return [f"`{held.owner_id}`, who has the item, is not in the directory"]
    verdict = is_allowed(item, held.owner_id, book=book, directory=directory, at=at)
    return [] if verdict.eligible else [f"compliance does not allow {held.owner_id}, who has the item: {verdict.reason}"]
