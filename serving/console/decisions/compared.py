"""The contrast of the chosen with another owner: terms that add up, or the rule that took the other out."""
from collections.abc import Sequence
from dataclasses import dataclass

from rules.model import Directory
from serving.console.decisions.evidence import EvidenceFact, facts_about
from serving.console.web.bars import Bar, diverging, largest
from serving.console.web.people import PersonView, naming, person
from serving.decision.parts import Contrast, DecisionDocument, Term
from serving.decision.sentences import shown
from serving.ranking.contrast import ContrastTerm

MOST_TERMS = 10
RELATIONS = {"chosen": "is the one chosen", "eligible": "was eligible", "excluded": "was excluded",
             "outside_team": "is not in the team that was sought"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TermShown:
    """One term of the difference: what it is, both values in words, its effect."""

    label: str
    chosen_value: str
    versus_value: str
    effect: float
    bar: Bar


@dataclass(frozen=True, kw_only=True, slots=True)
class ContrastView:
    """The chosen beside another owner."""

    chosen: PersonView | None
    versus: PersonView
    relation: str
    relation_words: str
    difference: float | None
    sentences: tuple[str, ...]
    terms: tuple[TermShown, ...]
    rule: str | None
    reason: str | None
    facts: tuple[EvidenceFact, ...]
    warnings: tuple[str, ...]


def compared(answer: Contrast, document: DecisionDocument, directory: Directory) -> ContrastView | None:
    """An answer of `explanation?versus=` about a decision as a page shows it; None where it compares with nobody."""
    out, versus, relation = answer.excluded_by, answer.versus, answer.relation
    if versus is None or relation is None:
        return None
    return ContrastView(
        chosen=None if answer.chosen is None else person(answer.chosen, directory),
        versus=person(versus, directory), relation=relation, relation_words=RELATIONS[relation],
        difference=answer.difference, sentences=tuple(map(naming(document, directory), answer.sentences)),
        terms=_terms(answer.terms),
        rule=out.rule if out else None, reason=out.reason if out else None, facts=facts_about(versus, document),
        warnings=tuple(answer.warnings))


def _terms(terms: Sequence[Term]) -> tuple[TermShown, ...]:
    """The largest terms, and the rest added up, so that the shown ones sum to the difference too."""
    widest = largest(term.effect for term in terms)
    told = [_term(term, widest) for term in terms[:MOST_TERMS]]
    rest = [term.effect for term in terms[MOST_TERMS:]]
    if rest:
        told.append(TermShown(label=f"{len(rest)} smaller ones together", chosen_value="", versus_value="",
                              effect=sum(rest), bar=diverging(sum(rest), widest)))
    return tuple(told)


def _term(term: Term, widest: float) -> TermShown:
    values = shown(ContrastTerm(feature=term.feature, chosen_value=term.chosen_value, versus_value=term.versus_value,
                        effect=term.effect))
    return TermShown(label=term.label, chosen_value=values[0], versus_value=values[1], effect=term.effect,
                     bar=diverging(term.effect, widest))
