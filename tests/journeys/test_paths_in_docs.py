"""Every file and folder that README and docs name is there, and so is every page that they link to."""
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("docs/guides/*.md")),
         ROOT / "docs" / "decisions" / "README.md"]
NAMED = re.compile(r"(?<![\w./-])((?:rules|features|serving|training|rightful|bench|tests|docs)/[\w./-]*\w/?)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_path_that_a_page_names_exists(page):
    named = NAMED.findall(page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_page_that_a_page_links_to_exists(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_pages_name_enough_to_be_worth_the_look():
    assert len(set(NAMED.findall((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")))) > 30


def test_a_decision_that_a_later_one_supersedes_says_so():
    records = {path.name[:4]: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "decisions").glob("0*.md")}
    replaced = {(later, f"{int(page):04}") for later, text in records.items()
                for page in re.findall(r"[Ss]upersedes what page (\d+)", text)}
    assert replaced
    assert all("*Superseded" in records[earlier] and f"({later}-" in records[earlier] for later, earlier in replaced)
