"""Whether a log may be learnt from at all: what must not be learnt is set aside, and told, before anything is fitted.

A column that tells the outcome is taken from the items; what is set aside of rows has no label. All of it stands in the card.
"""
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from features.clock import AHEAD
from features.events import Event
from features.plan import EffectSettings, Objective
from rules.book.schema import RuleBook
from rules.digests import digest_of
from rules.errors import Refused
from rules.exports.selection_bias import ALL_SUCCEED, ENOUGH
from serving.admission.card import DatasetCard, dataset_card
from serving.admission.marks import LogWarning, at_bound, require_learnable
from serving.runtime.workspace import Workspace
from training.learn.choosing import RIDGES, LayerChoice
from training.learn.dataset import LabelledAssignment
from training.learn.owner_variance import LEAST, MOST

#: Events to come are left out where they are few; where they are many, it is the machine's clock that is wrong.
FEW_TO_COME = 0.05


def admit(assignments: tuple[LabelledAssignment, ...], objective: Objective, as_of: datetime, *, because: str | None = None,
          more: Iterable[LogWarning] = ()) -> DatasetCard:
    """The card of a log; Refused where it must not be learnt from.

    `because` passes marks, `more` are marks found before. Failures without an owner are refused, since a naive rate would
    then be 100 %.
    """
    _refuse_ownerless_failures(assignments)
    card = dataset_card(assignments, objective, as_of).with_findings(more, because)
    require_learnable(card.findings)
    return card


def admitted(assignments: tuple[LabelledAssignment, ...], card: DatasetCard) -> tuple[LabelledAssignment, ...]:
    """What may be learnt of assignments, by the card of their log."""
    left_out, set_aside = frozenset(card.left_out), frozenset(card.set_aside)
    if not left_out and not set_aside:
        return assignments
    return tuple(_admitted(one, left_out, set_aside) for one in assignments)


def _admitted(one: LabelledAssignment, left_out: Collection[str], set_aside: Collection[str]) -> LabelledAssignment:
    if one.owner_id in set_aside:
        one = replace(one, label=None, settled_at=None)
    if any(name in one.item.facts for name in left_out):
        kept = {name: fact for name, fact in one.item.facts.items() if name not in left_out}
        one = replace(one, item=replace(one.item, facts=kept))
    return one


def without_columns(book: RuleBook, names: Collection[str]) -> RuleBook:
    """The book without attributes that are not learnt from: learning goes by it, routing does not."""
    kept: Mapping = {name: attribute for name, attribute in book.attributes.items() if name not in names}
    return book if len(kept) == len(book.attributes) else replace(book, attributes=kept)


def known_by(events: tuple[Event, ...], now: datetime) -> tuple[tuple[Event, ...], tuple[LogWarning, ...]]:
    """The events without those stamped with a time to come, which a wrong clock made, where these are few; and a mark."""
    late = [event for event in events if event.known_at > now + AHEAD]
    if not late or len(late) > FEW_TO_COME * len(events):
        return events, ()
    return tuple(event for event in events if event.known_at <= now + AHEAD), (LogWarning(
        code="future_events", figure=float(len(late)), message=f"{len(late):,} of {len(events):,} events became known at a time "
        f"to come, the last at {late[-1].known_at.isoformat(timespec='seconds')}: they are left out of what is learnt"),)


def _refuse_ownerless_failures(assignments: Iterable[LabelledAssignment]) -> None:
    settled = [one for one in assignments if one.label is not None]
    named = [one.label for one in settled if one.owner_id.strip()]
    failures = sum(not one.label for one in settled)
    if failures and len(named) >= ENOUGH and sum(map(bool, named)) >= ALL_SUCCEED * len(named):
        missing = failures - (len(named) - sum(map(bool, named)))
        raise Refused(f"of {len(named)} settled assignments with an owner {sum(map(bool, named)) / len(named):.1%} succeeded, "
                      f"{missing} failures name none: the owner is missing on negatives and a naive rate would be 100 %; "
                      "export the history with the owner of lost and open items too")


def at_bounds(effects: EffectSettings, choice: LayerChoice) -> tuple[LogWarning | None, ...]:
    """Searches that ended at the edge of what they try: how strongly thin records shrink, and the ridge of the line."""
    strengths = {"k_owner": effects.k_owner, **{f"k_{name}": k for name, k in effects.k_children}}
    return (*(at_bound(name, k, 1 / MOST, 1 / LEAST) for name, k in strengths.items()),
            at_bound("ridge", choice.ridge, min(RIDGES), max(RIDGES)))


def keep_card(workspace: Workspace, card: DatasetCard, bundle_hash: str, because: str | None) -> None:
    """Keep the card in the store as a statement about a bundle, with the reason for which marks were passed."""
    told = {"bundle": bundle_hash, "because": because or "",
            "dataset_card.json": json.dumps(card.as_json(), indent=2, sort_keys=True),
            "dataset_card.md": card.as_markdown()}
    workspace.store.activate(f"dataset_card:{card.objective}", digest_of("\n".join(told.values()).encode()), told, actor="train")


def kept_because(workspace: Workspace, kind: str) -> str | None:
    """The reason given at the last training, so that who judges it reads the log as it did."""
    digest = workspace.store.active(f"dataset_card:{kind}")
    return workspace.store.snapshot(f"dataset_card:{kind}", digest).get("because") or None if digest else None
