"""The identity table: pairs of every script and country that are one, two, or for a person to decide, as the layer judges them.

A domain or a mailbox that is nobody's is not even itself. `python -m tests.rules.accounts.test_identity` prints how many pairs
of each kind there are, and whether they are judged so.
"""
import csv
from collections import Counter
from pathlib import Path

import pytest

from rules.accounts.matching import Clues, match_account
from rules.directory.files import load_directory
from rules.exports.cell_readers import person_key
from rules.exports.slugs import slugs_of
from rules.refdata.contacts import email_host, mailbox_of, own_domain, web_host
from rules.refdata.languages import language_of, macro_of

TABLE = Path(__file__).parents[2] / "cases" / "intake" / "identity.csv"
PAIRS = [tuple(row.values()) for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())]


def host(text: str) -> str | None:
    return email_host(text) if "@" in text else web_host(text)


def domain(text: str) -> str | None:
    found = host(text)
    return own_domain(found) if found else None


def language(text: str) -> str | None:
    code = language_of(text)
    return macro_of(code) if code else None


FORMS = {"host": host, "domain": domain, "mailbox": mailbox_of, "language": language, "person": person_key}


def verdict(kind: str, one: str, other: str) -> str:
    if kind == "company":
        accounts = f'account_id,name\na-1,"{one}"\n'
        directory = load_directory({"owners.csv": "owner_id,kind\no,person\n", "accounts.csv": accounts})
        found = match_account(Clues(company=other), directory)
        return "equal" if found.account else "review" if found.review else "different"
    if kind == "team":
        return "equal" if len(set(slugs_of([one, other]).values())) == 1 else "different"
    forms = FORMS[kind](one), FORMS[kind](other)
    return "equal" if None not in forms and forms[0] == forms[1] else "different"


@pytest.mark.parametrize(("kind", "one", "other", "expected"), PAIRS)
def test_a_pair_is_judged_as_the_table_says(kind, one, other, expected):
    assert verdict(kind, one, other) == expected


def test_the_table_is_long_and_knows_every_kind_and_verdict():
    assert len(PAIRS) >= 400 and len(set(PAIRS)) == len(PAIRS)
    assert {kind for kind, *_ in PAIRS} == {*FORMS, "company", "team"}
    assert {expected for *_, expected in PAIRS} == {"equal", "different", "review"}


if __name__ == "__main__":
    counts = Counter((kind, expected, verdict(kind, one, other) == expected) for kind, one, other, expected in PAIRS)
    for (kind, expected, right), count in sorted(counts.items()):
        print(f"{kind:9} {expected:9} {'as judged' if right else 'WRONG'} {count:4}")
