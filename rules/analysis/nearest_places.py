"""Nearest branches that no item can be placed for: branches without a place, and countries whose postal codes have none."""
from rules.book.cell_types import SourcePosition
from rules.book.findings import Findings
from rules.book.schema import Rule, RuleBook, attribute_of_type
from rules.model import Directory, Owner
from rules.refdata.postal_places import PostalPlaces

#: A file of so many countries is read whole where a rule names none.
_FEW = 12


def check_nearest(book: RuleBook, directory: Directory, places: PostalPlaces | None, findings: Findings) -> None:
    """Warn of `nearest` rules that can never find a branch, or only for items that bring latitude and longitude themselves."""
    known = places.countries() if places else frozenset()
    placed = {"US"} | known
    sought: set[str] = set()
    for stage, rule in book.placed_rules:
        branches, countries = _branches(rule, directory), _countries(rule, book)
        sought |= known & countries if countries else known if branches and len(known) <= _FEW else set()
        if not branches or any(owner.service_postals for owner in branches):
            continue
        here, team = findings.within(rule=rule.id, stage=stage.name), rule.target.team
        if not any(owner.latitude is not None for owner in branches):
            here.add("never_nearest", f"`{rule.id}` seeks the nearest of `{team}`, and no branch of it has a place", rule.place,
                     given=team, expected="latitude and longitude, or service_postals, in owners.csv")
        elif countries and not countries & placed:
            told = ", ".join(sorted(countries))
            here.add("never_nearest", f"`{rule.id}` seeks the nearest in {told}, and postal codes there have no place: "
                     "only items that bring latitude and longitude find one", rule.place, given=told,
                     expected="a file that `geography.postal_places` in rightful.toml names, or service_postals in owners.csv")
    if places:
        places.look_through(sought)
    for problem in places.problems if places else ():
        findings.add("never_nearest", problem.message, SourcePosition(file=str(problem.file), line=problem.line or 1),
                     given=str(problem.given), expected=problem.expected)


def _branches(rule: Rule, directory: Directory) -> list[Owner]:
    if rule.target.nearest is None:
        return []
    members = directory.members.get(rule.target.team or "", ())
    return [directory.owners[row.owner_id] for row in members if row.owner_id in directory.owners]


def _countries(rule: Rule, book: RuleBook) -> set[str]:
    name = attribute_of_type(book, "country")
    return {str(value) for cell in rule.when if cell.attribute == name and not cell.missing for value in cell.values}
