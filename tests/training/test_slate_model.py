"""What MLflow loads scores a slate to the bit as serving does, in a process of its own, and carries no way to run other code."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from features.matrix import item_vector
from rules.model import Fact, WorkItem
from serving.ranking.bundle import bundle_path, load_bundle
from training import registry
from training.slate_model import columns_of, rows_of

pytestmark = pytest.mark.train
SCORE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow, pandas
mlflow.set_tracking_uri("sqlite:///mlflow.db")
model = mlflow.pyfunc.load_model("models:/rightful-lead/1")
for rows in json.load(open(sys.argv[1])):
    given = pandas.DataFrame(rows).astype({name: kind for name, kind in json.loads(sys.argv[2]).items() if name in rows})
    print(json.dumps({name: [value.hex() for value in column] for name, column in model.predict(given).items()}))
"""


def item(number, **facts):
    return WorkItem(item_id=f"N-{number}", kind="lead", received_at=None, facts={
        name: Fact(value=value, number=value if isinstance(value, float) else None) for name, value in facts.items()})


def test_a_fresh_process_scores_slates_to_the_bit_as_serving_does(trained, copied, tmp_path):
    _, report = trained
    bundle = load_bundle(bundle_path(copied.bundles, report.bundle_hash))
    matrix = report.prepared.pairs.matrix[:40].copy()
    matrix[3] = np.nan                                     # somebody of whom nothing is known
    items = [item(1, region="north", industry="energy", colour="red", value=117.25), item(2, industry="banking"), item(3),
             item(4, region="mars", value=-1e12)]
    slates = [matrix[:10], matrix[10:11], matrix[10:30], matrix[30:]]
    vectors = [item_vector(one, bundle.item_fields) for one in items]
    told = [rows_of(bundle, slate, np.tile(vector, (len(slate), 1))) for slate, vector in zip(slates, vectors, strict=True)]
    told.append({name: column for name, column in told[2].items() if not name.startswith("item.")})     # nothing said of the item
    (tmp_path / "rows.json").write_text(json.dumps(told), encoding="utf-8")
    types = {name: "float64" if kind == "double" else "object" for name, kind in columns_of(bundle).items()}
    done = subprocess.run([sys.executable, "-c", SCORE, str(tmp_path / "rows.json"), json.dumps(types)], cwd=copied.folder,
                          capture_output=True, text=True, check=False, timeout=300,
                          env={**os.environ, **registry.QUIET, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for slate, one, answer in zip([*slates, slates[2]], [*items, item(5)], answers, strict=True):
        m = bundle.item_log_odds(one)
        z = bundle.log_odds(slate, m)
        assert answer["item_log_odds"] == [m.hex()] * len(slate)
        assert answer["log_odds"] == [value.hex() for value in z.tolist()]
        assert answer["probability"] == [value.hex() for value in bundle.probability(z).tolist()]


def test_the_version_says_what_goes_in_and_what_it_needs_and_holds_no_pickle_and_no_address(trained, copied):
    with registry.tracking(copied) as client:
        [found] = registry.versions_of(client, "lead")
        folder = copied.folder / "mlruns" / found.source.split("/mlruns/")[-1]
        assert found.tags["rightful.code"] and "log loss per row" in found.description
    told = (folder / "MLmodel").read_text(encoding="utf-8")
    assert "training.slate_model" in told and all(name in told for name in trained[1].parts.features)
    needs = (folder / "requirements.txt").read_text(encoding="utf-8")
    assert "lightgbm==" in needs and "://" not in needs and "-i " not in needs
    assert not [path for path in folder.rglob("*") if path.suffix in (".pkl", ".pickle", ".joblib")]


def test_a_training_is_one_run_with_its_data_and_its_evaluation_beneath_it(trained, copied):
    _, report = trained
    with registry.tracking(copied) as client:
        [found] = registry.versions_of(client, "lead")
        run = client.get_run(found.run_id)
        [data] = run.inputs.dataset_inputs
        assert report.parts.training_digest.removeprefix("sha256:").startswith(data.dataset.digest)
        assert {"rightful.as_of", "rightful.book"} <= set(json.loads(data.dataset.source)["tags"])
        assert run.data.tags["rightful.rule_book"] == report.prepared.book.digest and run.data.tags["rightful.rightful"]
        [child] = client.search_runs([run.info.experiment_id], f"tags.mlflow.parentRunId = '{found.run_id}'")
        assert child.info.run_name == "evaluate" and child.data.metrics["logloss"] == run.data.metrics["logloss"]
        steps = client.get_metric_history(child.info.run_id, "origin_logloss")
        assert [one.step for one in steps] == list(range(len(report.backtest.by_origin)))
        assert child.inputs.dataset_inputs[0].tags[0].value == "evaluation"
