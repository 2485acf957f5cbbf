"""The slate: every eligible owner by rank, with score, probability, and the terms that made the score, on one scale."""
from collections.abc import Mapping
from dataclasses import dataclass

from rules.model import Directory
from serving.console.web.people import PersonView, person
from serving.decision.parts import Candidate, DecisionDocument

MOST_TERMS = 7                   # per owner; the rest is added up


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateView:
    """One eligible owner; `terms`, each feature's contribution to the log-odds, only where the decision kept them."""

    row: Candidate
    owner: PersonView
    chosen: bool
    terms: tuple[tuple[str, float], ...]


def candidates(document: DecisionDocument, directory: Directory, labels: Mapping[str, str]) -> tuple[CandidateView, ...]:
    """Every candidate of a document in rank order."""
    return tuple(CandidateView(row=row, owner=person(row.owner_id, directory), chosen=row.owner_id == document.owner_id,
                               terms=_terms(row.contributions or {}, labels)) for row in document.candidates)


def _terms(contributions: Mapping[str, float], labels: Mapping[str, str]) -> tuple[tuple[str, float], ...]:
    """The largest contributions, and the rest as one."""
    ordered = sorted(((name, amount) for name, amount in contributions.items() if amount != 0.0),
                     key=lambda pair: -abs(pair[1]))
    told = [(labels.get(name, name), amount) for name, amount in ordered[:MOST_TERMS]]
    rest = [amount for _, amount in ordered[MOST_TERMS:]]
    if rest:
        told.append((f"{len(rest)} smaller ones together", sum(rest)))
    return tuple(told)
