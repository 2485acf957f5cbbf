"""The guide to bringing in a CRM's export: its commands run in the order they stand in, on damaged exports."""
from pathlib import Path

import pytest

from tests.journeys.pages import block, run
from tests.serving.imports.damaged import hubspot, others, salesforce

pytestmark = pytest.mark.train
CRM = "docs/guides/crm-export.md"


def test_a_salesforce_and_a_hubspot_export_become_a_history_and_items(tmp_path, monkeypatch):
    run(f"rightful init {tmp_path / 'acme'} --example empty")
    monkeypatch.chdir(tmp_path / "acme")
    for name, text in (("rulebook.yaml", block(CRM, "book")), ("rightful.toml", block(CRM, "settings")),
                       ("ours.yaml", block(CRM, "mapping")), ("User.csv", others.users()), ("Opportunity.csv", salesforce.text()),
                       ("Account.csv", "".join(others.accounts().splitlines(keepends=True)[:4])),
                       ("deals.csv", hubspot.deals()), ("contacts.csv", hubspot.contacts())):
        Path(name).write_text(text, encoding="utf-8")
    told, owners, accounts, dry, kept = map(run, block(CRM, "salesforce").splitlines())
    assert "nothing was changed" in told and "kept 4 rows" in owners and "kept 3 rows" in accounts
    assert "of 163 rows: 153 assignments, 2 rows that stand twice counted once, 8 cannot be used, told by line" in dry
    assert "kept" in kept
    assert run(block(CRM, "show")).startswith("# HubSpot")
    told, kept, items = map(run, block(CRM, "hubspot").splitlines())
    assert "of 140 rows: 137 assignments, 3 cannot be used, told by line" in told and "kept" in kept
    assert "kept 140 rows" in items and len(Path("items.csv").read_text().splitlines()) == 141
