"""Items of a file are the same whoever understands its rows: this process, or several over Dask."""
import csv
import io
from datetime import timedelta
from functools import partial

import pytest

from rules.directory.files import load_directory
from rules.exports.history import read_items
from rules.loading import require_book
from serving.runtime.batch import BatchOptions, route
from serving.runtime.cluster import dask_client, understood_by
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from tests.dask_client import Workers
from tests.serving import small_company
from tests.serving.small_company import NOON, lead

BOOK = require_book({"rulebook.yaml": small_company.RULEBOOK})


def items(count):
    """Leads of which every fifth cannot be read."""
    rows = [{"item_id": f"L-{number}", **lead(f"L-{number}"), "received_at": (NOON + timedelta(minutes=number)).isoformat()}
            for number in range(count)]
    for row in rows[::5]:
        row["received_at"] = "yesterday"
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("part", [1, 3, 100])
def test_items_understood_in_parts_are_those_understood_at_once(part):
    directory = load_directory({"owners.csv": small_company.OWNERS, "memberships.csv": small_company.MEMBERSHIPS})
    plain = read_items(items(20), file="items.csv", book=BOOK, directory=directory)
    parts = read_items(items(20), file="items.csv", book=BOOK, directory=directory,
                       understand=partial(understood_by, Workers(), part=part))
    assert len(plain.rows) == 16 and len(plain.problems) == 4
    assert parts == plain


@pytest.mark.train
def test_a_file_routed_over_dask_gets_the_same_decisions(tmp_path):
    def routed(folder, **more):
        workspace = Workspace.at(small_company.build(folder))
        try:
            rows = route(Live(workspace), items(40), file="items.csv", wish=BatchOptions(at="received", assign=True),
                         track=lambda rows, _total: rows, **more)
        finally:
            workspace.close()
        return [{name: told for name, told in row.items() if name != "decision_id"} for row in rows]

    plain = routed(tmp_path / "plain")
    with dask_client() as client:
        assert routed(tmp_path / "dask", understand=partial(understood_by, client, part=7)) == plain
    assert {row["outcome"] for row in plain} >= {"assigned", "refused"}
