"""Prose against cells, both ways: what `says` names and the rule does not have, and what the rule has and `says` leaves out."""
import pytest

from rules.book.findings import Findings
from rules.book.says_check import check_prose
from rules.loading import require_book

BOOK = """rulebook: 1
version: "1"
attributes:
  kind: {enum: [lead, service_inquiry, box]}
  country: {type: country, names: {GB: Britain}}
  staff: {bands: {TINY: 0-19, SOLID: 20-199, HUGE: 200+}}
  score: {type: number}
  tongue: {type: language}
  urgent: {type: flag}
  mood: {enum: [calm, tense]}
  gear: {list: [rope, lamp, stove], names: {rope: ropes}}
groups:
  ALPS: {values: [AT, CH], name: the Alps}
  NORDICS: [DK, SE, FI]
teams:
  crew: {kind: team, name: Night Crew}
  depot: {kind: team, name: Depot}
  alps-huge: {kind: team, name: ALPS Huge}
  rest: {kind: queue, automation: mail}
stages:
  - stage: areas
    rules:
      - {id: r, WHAT, to: crew, says: "SAYS"}
  - stage: rest
    rules: [{id: any, to: rest}]
"""


def told(what: str, says: str) -> list[str]:
    book, findings = require_book({"rulebook.yaml": BOOK.replace("WHAT", what).replace("SAYS", says)}), Findings()
    check_prose(book, findings)
    found = findings.in_order()
    assert {one.kind for one in found} <= {"says_mismatch"} and {one.rules for one in found} <= {("r",)}
    return [one.message for one in found]


@pytest.mark.parametrize(("what", "says"), [
    ("when: {kind: lead, country: ALPS}", "Leads from the Alps go to the Night Crew"),
    ("when: {kind: service_inquiry}", "service inquiries go to Night Crew"),
    ("when: {kind: box, country: [GB, DE]}", "Boxes from Britain and Germany go to crew"),
    ("when: {country: [AT, CH]}", "what comes from ALPS goes to crew"),
    ("when: {country: ALPS}", "what comes from Austria or Switzerland goes to crew"),
    ("when: {staff: [SOLID, HUGE]}", "companies with 20 or more staff go to crew"),
    ("when: {staff: TINY}", "with under 20 staff: night crew"),
    ("when: {staff: [TINY, missing]}", "TINY ones, or with unknown staff, go to crew"),
    ("when: {staff: [TINY, missing]}", "staff TINY or missing goes to crew"),
    ("when: {score: '>=0.5'}", "a score of at least 0.5 goes to crew"),
    ("when: {tongue: de, urgent: true}", "tongue German and urgent true: crew"),
    ("when: {kind: lead}, because: a trial, expires: 2027-03-31", "until 2027-03-31 leads go to crew, an exception"),
    ("when: {gear: [rope, lamp]}", "with ropes or a lamp: crew"),
    ("when: {gear: {all of: [rope, lamp]}}", "with gear ropes and lamp: crew"),
    ("when: {gear: {all of: [rope, lamp]}}", "with both ropes and lamp: crew"),
    ("when: {gear: {any of: rope, none of: [lamp, stove]}}", "with ropes, without lamp or stove: crew"),
    ("when: {gear: {any of: rope, none of: lamp}}", "with ropes but not lamp: crew"),
    ("when: {gear: [missing, none of rope]}", "without gear, or with none of ropes: crew"),
    ("when: {country: NORDICS, kind: lead}", "leads go to crew"),                 # prose may leave out a whole cell
])
def test_prose_that_names_what_the_cells_have_is_left_alone(what, says):
    assert told(what, says) == []


@pytest.mark.parametrize(("what", "says", "names"), [
    ("when: {kind: lead}", "boxes go to crew", "`boxes`"),
    ("when: {kind: lead}", "service inquiries go to crew", "`service inquiries`"),
    ("when: {staff: TINY}", "huge companies go to crew", "`huge`"),
    ("when: {staff: TINY}", "20 or more staff go to crew", "`20 or more staff`"),
    ("when: {staff: SOLID}", "more than 50 staff go to crew", "`more than 50 staff`"),
    ("when: {score: '>=0.5'}", "a score over 0.5 goes to crew", "`score over 0.5`"),
    ("when: {country: ALPS}", "what comes from Portugal goes to crew", "`Portugal`"),
    ("when: {country: ALPS}", "what comes from NORDICS goes to crew", "`NORDICS`"),
    ("when: {country: ALPS}", "what comes from the Alps goes to crew, else to Depot", "`Depot`"),
    ("when: {staff: TINY}", "TINY or missing staff goes to crew", "`missing staff`"),
    ("when: {staff: TINY, country: ALPS}", "ALPS huge companies go to crew", "`huge`"),
    ("when: {urgent: true}", "urgent false goes to crew", "`urgent false`"),
    ("when: {gear: {all of: [rope, lamp]}}", "with any of ropes and lamp: crew", "`ropes`, `lamp`"),
    ("when: {gear: [rope, lamp]}", "with all of ropes and lamp: crew", "`ropes`, `lamp`"),
    ("when: {gear: {none of: rope}}", "with ropes: crew", "`ropes`"),
    ("when: {gear: rope}", "without ropes: crew", "`ropes`"),
    ("when: {gear: rope}", "with ropes or a stove: crew", "`stove`"),
    ("when: {country: ALPS}", "what comes from the Alps except Austria goes to crew", "`Austria`"),
    ("when: {country: [AT, CH, LI]}", "the Alps and Liechtenstein, but not Austria: crew", "`Austria`"),
])
def test_prose_that_names_what_the_rule_does_not_have_is_told(what, says, names):
    assert any(f"names {names}" in message for message in told(what, says)), told(what, says)


@pytest.mark.parametrize(("what", "says", "left_out"), [
    ("when: {kind: [lead, box]}", "leads go to crew", "values of `kind` and leaves out `box`"),
    ("when: {country: [ALPS, NORDICS]}", "what comes from the Alps goes to crew", "`country` and leaves out `NORDICS`"),
    ("when: {country: ALPS}", "what comes from Austria goes to crew", "`country` and leaves out `ALPS`"),
    ("when: {staff: [SOLID, HUGE, missing]}", "20 or more staff go to crew", "`staff` and leaves out `missing`"),
    ("when: {score: ['>=0.9', '<0.1']}", "score <0.1 goes to crew", "`score` and leaves out `>=0.9`"),
    ("when: {country: [AT, BE, CH, DE, DK, ES, FI, FR, IT]}", "AT, BE, CH, DE, DK or 3 more go to crew",
     "`ES`, `FI`, `FR`, `IT`"),
])
def test_a_value_that_the_cell_takes_and_the_prose_leaves_out_is_told(what, says, left_out):
    message, = told(what, says)
    assert left_out in message


@pytest.mark.parametrize(("what", "says", "ends"), [
    ("when: {kind: lead}", "until 2027-03-31 leads go to crew", "has neither `because` nor `expires`"),
    ("when: {kind: lead}", "as an exception leads go to crew", "speaks of an exception (`exception`)"),
    ("when: {kind: lead}, because: a trial, expires: 2027-04-30", "until 2027-03-31 leads go to crew",
     "ends on `2027-03-31`, the rule on 2027-04-30"),
])
def test_an_exception_is_one_in_prose_and_rule_or_in_neither(what, says, ends):
    message, = told(what, says)
    assert ends in message
