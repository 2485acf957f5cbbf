"""The facts a rule used, read for one owner or many: what is the same for all, and what each owner's own is."""
from collections.abc import Mapping
from dataclasses import dataclass

from rules.model import Directory
from serving.console.web.people import PersonView, person
from serving.console.web.wording import spoken, words
from serving.decision.parts import DecisionDocument, ExclusionPart

MOST_OWNERS = 200


#: Facts in words, by name.
Facts = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleOut:
    """All whom one rule took out: the facts common to them, and each owner with those that are their own."""

    out: ExclusionPart
    common: Facts
    owners: tuple[tuple[PersonView, Facts], ...]

    @property
    def more(self) -> int:
        """How many owners are not listed."""
        return len(self.out.owners) - len(self.owners)


def rules_out(document: DecisionDocument, directory: Directory) -> tuple[RuleOut, ...]:
    """The excluded owners of a document, by rule."""
    return tuple(RuleOut(out=out, common=_common(out), owners=tuple((person(owner, directory), _own(out, owner))
                                                                    for owner in out.owners[:MOST_OWNERS]))
                 for out in document.eligibility.excluded)


def facts_about(owner_id: str, document: DecisionDocument) -> Facts:
    """What the rule that took this owner out went by; nothing for one whom no rule took out."""
    return next(({**_common(out), **_own(out, owner_id)} for out in document.eligibility.excluded if owner_id in out.owners), {})


def _common(out: ExclusionPart) -> Facts:
    """What is no fact by owner, and so is told once."""
    return {spoken(name): words(value) for name, value in out.evidence.items()
            if not isinstance(value, Mapping) or set(value).isdisjoint(out.owners)}


def _own(out: ExclusionPart, owner: str) -> Facts:
    return {spoken(name): words(value[owner]) for name, value in out.evidence.items()
            if isinstance(value, Mapping) and owner in value}
