"""The slate: every eligible owner by rank, with score, probability, and the terms that made the score, on one scale."""
from collections.abc import Mapping
from dataclasses import dataclass

from rules.model import Directory
from serving.console.web.bars import Bar, diverging, largest, length
from serving.console.web.people import PersonView, person
from serving.decision.parts import Candidate, DecisionDocument

MOST_TERMS = 7                   # per owner; the rest is added up


@dataclass(frozen=True, kw_only=True, slots=True)
class TermBar:
    """One feature's contribution to an owner's log-odds."""

    label: str
    amount: float
    bar: Bar


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateView:
    """One eligible owner; `terms` only where the decision kept them, `score` only where a model ranked."""

    owner: PersonView
    rank: int
    chosen: bool
    propensity: float
    score: float | None
    score_bar: Bar
    probability: float | None
    item_odds: float | None
    base_odds: float | None
    total_odds: float | None
    terms: tuple[TermBar, ...]


def candidates(document: DecisionDocument, directory: Directory, labels: Mapping[str, str]) -> tuple[CandidateView, ...]:
    """Every candidate of a document in rank order; term bars share one scale."""
    rows = document.candidates
    best = largest(row.score for row in rows if row.score is not None)
    widest = largest(amount for row in rows for amount in (row.contributions or {}).values())
    return tuple(_candidate(row, directory, labels, chosen=row.owner_id == document.owner_id, best=best,
                            widest=widest) for row in rows)


def _candidate(row: Candidate, directory: Directory, labels: Mapping[str, str], *, chosen: bool, best: float,
               widest: float) -> CandidateView:
    odds = row.log_odds
    return CandidateView(
        owner=person(row.owner_id, directory), rank=row.rank, chosen=chosen, propensity=row.propensity,
        score=row.score, score_bar=length(row.score or 0.0, best), probability=row.probability,
        item_odds=odds.item if odds else None, base_odds=odds.base if odds else None, total_odds=odds.total if odds else None,
        terms=_terms(row.contributions or {}, labels, widest))


def _terms(contributions: Mapping[str, float], labels: Mapping[str, str], widest: float) -> tuple[TermBar, ...]:
    """The largest contributions, and the rest as one bar."""
    ordered = sorted(((name, amount) for name, amount in contributions.items() if amount != 0.0),
                     key=lambda pair: -abs(pair[1]))
    told = [(labels.get(name, name), amount) for name, amount in ordered[:MOST_TERMS]]
    rest = [amount for _, amount in ordered[MOST_TERMS:]]
    if rest:
        told.append((f"{len(rest)} smaller ones together", sum(rest)))
    return tuple(TermBar(label=label, amount=amount, bar=diverging(amount, widest)) for label, amount in told)
