"""Qualification: any other column of an owner (skills, languages, clearance...) holds what the rule or the item asks for.

A blank column holds nothing; an entry may end with a day (`secret:2027-05-31`) and holds through it where the owner is.
Languages are asked for by the language that a code is a form of.
"""
from rules.book.schema import Requirement
from rules.model import Directory, Moment, Owner, WorkItem
from rules.refdata.languages import macro_of
from rules.routing.compliance.applicability import wanted_of
from rules.routing.compliance.owner_columns import held_by, lapsed_by
from rules.routing.compliance.wording import listing
from rules.routing_result import ALLOWED, Verdict

_LANGUAGES = "owner.languages"


def judge(demand: Requirement, item: WorkItem, owner: Owner, at: Moment, directory: Directory) -> Verdict:
    """Whether the owner's column holds one of the values asked for; evidence `needs`, `found`, `lapsed` where some did."""
    wanted, held = wanted_of(demand, item), held_by(owner, demand.subject, at)
    if not wanted.isdisjoint(held):
        return ALLOWED
    if demand.subject == _LANGUAGES and not set(map(macro_of, wanted)).isdisjoint(map(macro_of, held)):
        return ALLOWED
    lapsed = {name: day for name, day in lapsed_by(owner, demand.subject, at).items() if name in wanted}
    return Verdict(eligible=False, reason=_reason(demand, wanted, held, lapsed),
                   evidence={"needs": sorted(wanted), "found": list(held), **({"lapsed": lapsed} if lapsed else {})})


def _reason(demand: Requirement, wanted: frozenset[str], held: tuple[str, ...], lapsed: dict[str, str]) -> str:
    column = demand.subject.removeprefix("owner.")
    if not wanted:
        return f"`{demand.contains}` of the item is unknown, so {column} cannot be shown to cover it"
    if lapsed:
        return f"{column} lapsed: " + ", ".join(f"{name} on {day}" for name, day in lapsed.items())
    return f"needs {column} {listing(wanted)}, " + (f"has {', '.join(held)}" if held else "has none on record")
