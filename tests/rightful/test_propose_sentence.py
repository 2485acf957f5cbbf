"""`rules propose --says`: the rule and its stage, or what is asked back; nothing is kept, and no option is taken for nothing."""
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rightful.cli.main import app

EXAMPLE = Path(__file__).parent.parent / "cases" / "books" / "example"


@pytest.fixture
def propose(tmp_path):
    folder = shutil.copytree(EXAMPLE, tmp_path / "ws")

    def asked(says, *words):
        result = CliRunner().invoke(app, ["rules", "propose", "--workspace", str(folder), "--says", says, *words])
        assert not list(folder.glob("*.db"))
        return result

    return asked


def test_a_sentence_is_printed_as_the_rule_that_the_book_has_already(propose):
    result = propose("ENT leads in NORTH_AM, EAST go to Enterprise SDR East")
    assert result.exit_code == 0 and "# stage territory, after `churn-low`" in result.output
    assert "when: {kind: lead, country: NORTH_AM, us_region: EAST, employees: ENT}, to: ent-sdr-east}" in result.output
    assert "the book has this rule already: `na-ent-east`" in result.output


def test_a_new_rule_is_told_as_data_with_what_it_overlaps(propose):
    told = json.loads(propose("SMB leads from Canada go to manual-review", "--id", "ca-small", "--json",
                              "--at", "2026-11-30T12:00:00Z").output)
    assert (told["ok"], told["rule"], told["stage"], told["questions"]) == (False, "ca-small", "territory", [])
    assert [(one["kind"], sorted(one["rules"])) for one in told["findings"]] == [("overlap", ["ca-small", "smb"])]


def test_what_is_not_understood_is_asked_back_with_exit_1(propose):
    result = propose("tiny leads go to Enterprise SDR East")
    assert result.exit_code == 1 and "asked back: what is `tiny`: nothing in the book is called so" in result.output


@pytest.mark.parametrize("words", [["--note", "x"], ["--from", "3f2a"], ["--actor", "ann"]])
def test_options_of_a_draft_are_refused_beside_a_sentence(propose, words):
    result = propose("ENT leads go to Enterprise SDR East", *words)
    assert result.exit_code == 2 and "keeps nothing" in result.output


def test_options_of_a_sentence_are_refused_without_one(tmp_path):
    result = CliRunner().invoke(app, ["rules", "propose", "--workspace", str(tmp_path), "--stage", "territory"])
    assert result.exit_code == 2 and "belongs to" in result.output
