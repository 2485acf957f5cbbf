"""The facts a rule used, read for one owner or many: what is the same for all, and what each owner's own is."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.model import Directory
from serving.console.web.people import PersonView, person
from serving.console.web.wording import spoken, words
from serving.decision.parts import DecisionDocument, ExclusionPart

MOST_OWNERS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceFact:
    """One fact by its name."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerOut:
    """An owner whom a rule took out, with the facts that are this owner's own."""

    owner: PersonView
    own: tuple[EvidenceFact, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleOut:
    """All whom one rule took out."""

    anchor: str
    rule: str
    reason: str
    count: int
    common: tuple[EvidenceFact, ...]
    owners: tuple[OwnerOut, ...]

    @property
    def more(self) -> int:
        """How many owners are not listed."""
        return self.count - len(self.owners)


def rules_out(document: DecisionDocument, directory: Directory) -> tuple[RuleOut, ...]:
    """The excluded owners of a document, by rule."""
    return tuple(_rule_out(f"excluded-{number}", out, directory)
                 for number, out in enumerate(document.eligibility.excluded, 1))


def facts_about(owner_id: str, document: DecisionDocument) -> tuple[EvidenceFact, ...]:
    """What the rule that took this owner out went by; () for one whom no rule took out."""
    for out in document.eligibility.excluded:
        if owner_id in out.owners:
            return (*_common(out.evidence, out.owners), *_own(out.evidence, owner_id))
    return ()


def _rule_out(anchor: str, out: ExclusionPart, directory: Directory) -> RuleOut:
    owners, evidence = out.owners, out.evidence
    return RuleOut(anchor=anchor, rule=out.rule, reason=out.reason, count=len(owners),
                   common=_common(evidence, owners),
                   owners=tuple(OwnerOut(owner=person(owner, directory), own=_own(evidence, owner))
                                for owner in owners[:MOST_OWNERS]))


def _is_by_owner(value: object, owners: Sequence[str]) -> bool:
    """Whether a fact differs between the owners, and so is told per owner."""
    return isinstance(value, Mapping) and not set(value).isdisjoint(owners)


def _common(evidence: Mapping[str, object], owners: Sequence[str]) -> tuple[EvidenceFact, ...]:
    return tuple(EvidenceFact(name=spoken(name), value=words(value)) for name, value in evidence.items()
                 if not _is_by_owner(value, owners))


def _own(evidence: Mapping[str, object], owner: str) -> tuple[EvidenceFact, ...]:
    return tuple(EvidenceFact(name=spoken(name), value=words(value[owner])) for name, value in evidence.items()
                 if isinstance(value, Mapping) and owner in value)
