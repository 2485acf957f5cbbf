"""A decision for Python: the document as a read-only mapping, with the parts that are asked for most by name."""
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import orjson


class DecisionRecord(Mapping[str, object]):
    """One decision as stored: `record["eligibility"]` reads the document, docs/reference/decision.md has every field.

    Nothing in it can be changed. `to_dict()` gives a copy that can; `canonical` are the bytes as committed.

    >>> decision = company.recommend({**lead, "country": "FR"})
    >>> decision.outcome, decision.owner_id, decision["route"]["rule"]
    ('recommended', 'eve', 'french')
    """

    __slots__ = ("_document", "canonical", "replayed")

    def __init__(self, canonical: bytes, *, replayed: bool = False):
        self.canonical = canonical
        self.replayed = replayed                          # the key had been answered before
        self._document = _read_only(orjson.loads(canonical))

    @property
    def decision_id(self) -> str:
        """The id that names this decision from now on."""
        return str(self["decision_id"])

    @property
    def outcome(self) -> str:
        """`recommended`, `assigned`, `queued` or `refused`."""
        return str(self["outcome"])

    @property
    def owner_id(self) -> str | None:
        """Who should own the item; None where nobody may, and the item waits with a team."""
        owner = self["owner"]
        return str(owner["owner_id"]) if isinstance(owner, Mapping) else None

    @property
    def sentences(self) -> tuple[str, ...]:
        """Why, in words."""
        explanation = self["explanation"]
        return tuple(map(str, explanation["sentences"])) if isinstance(explanation, Mapping) else ()

    def to_dict(self) -> dict[str, object]:
        """A copy of the document, as plain dicts and lists."""
        copy: dict[str, object] = orjson.loads(self.canonical)
        return copy

    def __getitem__(self, field: str) -> object:
        return self._document[field]

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)

    def __repr__(self) -> str:
        return f"<DecisionRecord {self.decision_id}: {self.outcome}, owner {self.owner_id}>"


def _read_only(tree: object):
    """JSON that cannot be changed: mappings behind a proxy, lists as tuples."""
    if isinstance(tree, dict):
        return MappingProxyType({name: _read_only(inner) for name, inner in tree.items()})
    return tuple(map(_read_only, tree)) if isinstance(tree, list) else tree
