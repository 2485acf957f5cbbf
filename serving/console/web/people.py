"""Owners by name: the name beside the id, from the directory of the decision."""
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rules.model import Directory
from serving.decision.parts import DecisionDocument


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonView:
    """An owner as pages show it; `name` is the id again where the directory holds no name."""

    owner_id: str
    name: str
    kind: str = ""

    @property
    def label(self) -> str:
        """Name and id, once where they are the same."""
        return self.owner_id if self.name == self.owner_id else f"{self.name} ({self.owner_id})"


def person(owner_id: str, directory: Directory) -> PersonView:
    """Who an id stands for; an id that the directory does not know stands for itself."""
    owner = directory.owners.get(owner_id)
    if owner is None:
        return PersonView(owner_id=owner_id, name=owner_id)
    return PersonView(owner_id=owner_id, name=owner.name or owner_id, kind=owner.kind)


_WORD = re.compile(r"[\w.@-]*\w")


def naming(document: DecisionDocument, directory: Directory) -> Callable[[str], str]:
    """A function that puts names in place of the ids of a decision's people in a sentence; two of one name keep the id."""
    involved = [row.owner_id for row in document.candidates]
    involved += [owner for out in document.eligibility.excluded for owner in out.owners]
    people = [person(owner, directory) for owner in involved]
    names = Counter(each.name for each in people)
    told = {each.owner_id: each.name if names[each.name] == 1 else each.label for each in people if each.kind != "queue"}
    return lambda sentence: _WORD.sub(lambda word: told.get(word[0], word[0]), sentence)
