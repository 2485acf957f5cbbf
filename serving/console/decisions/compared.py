"""The contrast of the chosen with another owner: terms that add up, or the rule that took the other out."""
from collections.abc import Sequence
from dataclasses import dataclass

from features.catalogue import LATELY, OWNED
from rules.model import Directory
from serving.console.decisions.evidence import Facts, facts_about
from serving.console.web.people import PersonView, naming, person
from serving.decision.parts import Contrast, DecisionDocument, Term
from serving.decision.sentences import shown

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


@dataclass(frozen=True, kw_only=True, slots=True)
class ContrastView:
    """The chosen beside another owner: the answer, with names in its sentences and its smaller terms as one."""

    answer: Contrast
    chosen: PersonView | None
    versus: PersonView
    relation_words: str
    sentences: tuple[str, ...]
    terms: tuple[TermShown, ...]
    facts: Facts


def compared(answer: Contrast, document: DecisionDocument, directory: Directory) -> ContrastView | None:
    """An answer of `explanation?versus=` about a decision as a page shows it; None where it compares with nobody."""
    versus, relation = answer.versus, answer.relation
    if versus is None or relation is None:
        return None
    return ContrastView(
        answer=answer, chosen=None if answer.chosen is None else person(answer.chosen, directory),
        versus=person(versus, directory), relation_words=RELATIONS[relation],
        sentences=tuple(map(naming(document, directory), answer.sentences)), terms=_terms(answer.terms),
        facts=facts_about(versus, document))


def _terms(terms: Sequence[Term]) -> tuple[TermShown, ...]:
    """The largest terms, and the rest added up, so that the shown ones sum to the difference too."""
    told = [_term(term) for term in terms[:MOST_TERMS]]
    rest = [term.effect for term in terms[MOST_TERMS:]]
    if rest:
        told.append(TermShown(label=f"{len(rest)} smaller ones together", chosen_value="", versus_value="", effect=sum(rest)))
    return tuple(told)


def _term(term: Term) -> TermShown:
    chosen, versus = shown(term, OWNED if LATELY in term.label else "")
    return TermShown(label=term.label, chosen_value=chosen, versus_value=versus, effect=term.effect)
