"""A setting that changes a decision: read, bounded, on its page, acting, and logged with what it decided."""
from pathlib import Path

import pytest

from rightful.cli.reference_pages import settings_page
from rules.errors import SettingsError
from serving.decision.inputs import DecisionInputs
from serving.runtime.settings import parse_settings
from tests.serving import small_company
from tests.serving.api.conftest import Api

CHANGES = {
    "serving/decision/request.py": [('"model")] = 2\n', '''\
    max_slate: Annotated[int, Field(
        ge=1, le=9, title="ranking.max_slate", description="more are not ranked either")] = 9
''')],
    "serving/decision/abstention.py": [("if slate < policy.min_slate", " or slate > policy.max_slate")]}


def check(folder: Path) -> None:
    """A slate of two is ranked, unless the file says that one is the most; the inputs then say so as well."""
    assert "| `ranking.max_slate` ★ | `9` | a whole number from 1 to 9 | more are not ranked either |" in settings_page()
    with pytest.raises(SettingsError, match="expected a whole number from 1 to 9"):
        parse_settings("[ranking]\nmax_slate = 10")
    company = small_company.with_model(folder)
    before = Api(company)
    usual = before.recommend()
    before.live.workspace.close()
    (company / "rightful.toml").write_text(small_company.SETTINGS + "[ranking]\nmax_slate = 1\n", encoding="utf-8")
    api = Api(company)
    told = api.recommend()
    assert (usual["decided_by"], told["decided_by"], told["why_not_model"]) == ("model", "rotation", "tiny_slate")
    inputs = DecisionInputs.from_bytes(api.live.store.decision_inputs(told["decision_id"]))
    assert inputs.policy.max_slate == 1 and all(found.identical for found in api.replays())
