"""A column of owners.csv: read, checked, told in the reference, heeded by routing, asked for by a rule, and a feature."""
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.catalogue import numeric_owner_columns
from features.roster import roster_of
from rightful.cli.reference_pages import files_page
from rules.directory.files import load_directory
from rules.errors import DirectoryError
from rules.intake.item import read_item
from rules.loading import require_book
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK

CHANGES = {
    "rules/directory/owner_rows.py": [("COLUMNS: Mapping[str, OwnerColumn] = {\n", '''\
    "grade": OwnerColumn(read=_number("grade", "1 to 9", low=1, high=9), meaning="the rank", further=True),
''')],
    "rules/model.py": [("    max_load: float | None = None                         # what its open items may weigh together\n",
                        "    grade: float | None = None\n")],
    "rules/routing/team_roster.py": [
        ('    """Active, compliance in file order, and whoever is to be left out."""\n', '''\
    too_high = Verdict(eligible=False, reason="too high to be given anything")
    funnel.require("grade", lambda owner: too_high if owner.grade == 9 else ALLOWED)
''')]}
BOOK = """
rulebook: 1
attributes: {kind: {enum: [lead, case]}}
teams: {all: {kind: team}}
compliance: [{id: graded, require: {owner.grade: "4"}, when: {kind: case}}]
stages: [{stage: fallback, rules: [{id: rest, to: all}]}]
"""
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def check(_folder: Path) -> None:
    """Grade 9 gets nothing; grade 2 no case; a grade of none is refused where it stands."""
    def staffed(*grades: str):
        owners = "".join(f"o{grade},person,{grade}\n" for grade in grades)
        return load_directory({"owners.csv": "owner_id,kind,grade\n" + owners,
                               "memberships.csv": "owner_id,team\n" + "".join(f"o{grade},all\n" for grade in grades)})

    book, people = require_book({"rulebook.yaml": BOOK}), staffed("2", "4", "9")

    def refused(kind: str) -> dict[str, list[str]]:
        item = read_item({"kind": kind}, book=book, directory=people, at=AT)
        routed = route_and_filter(item, book=book, directory=people, at=AT, workload=EMPTY_DESK)
        return {out.rule: list(out.owners) for out in routed.eligibility.excluded}

    assert refused("lead") == {"grade": ["o9"]}
    assert refused("case") == {"grade": ["o9"], "graded": ["o2"]}
    with pytest.raises(DirectoryError, match="expected 1 to 9"):
        staffed("2", "10")
    assert numeric_owner_columns(people) == ("grade",) and roster_of(people).numbers_of("grade").tolist()[1:] == [2.0, 4.0, 9.0]
    assert "| `grade` | the rank |" in files_page()
