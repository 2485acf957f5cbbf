"""A training as MLflow keeps it: one run with its data, figures, report, cards and model, and its evaluation as a child run."""
import importlib
import json
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules.digests import digest_of, without_prefix
from serving.ranking.bundle import bundle_path
from serving.runtime.workspace import Workspace
from training.learn.backtest import Judged
from training.learn.metrics import Interval, auc, brier, logloss
from training.registry import ARTIFACTS, BUNDLE_TAG, EXPERIMENT, QUIET, model_name, point_aliases, tracking, versions_of
from training.report.cards import model_card, summary
from training.report.figures import Figures, JudgedFigures
from training.report.page import kept
from training.report.trained import TrainReport
from training.slate_model import SCORES, columns_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

#: What scoring a slate needs, as installed now; `rightful` itself, of the code version in the tags, is on no index.
REQUIREMENTS = ("lightgbm", "numpy", "scipy", "orjson", "pandas")
#: MLflow takes no longer digest of a dataset.
DIGEST = 32


def load_libraries() -> None:
    """Import what recording takes: seconds, and only where something is recorded."""
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    importlib.import_module("mlflow.pyfunc")
    importlib.import_module("shap")


def record(workspace: Workspace, report: TrainReport, figures: Figures) -> str:
    """Log a training and its evaluation; returns the model version's number."""
    with tracking(workspace) as client:
        experiment = _experiment(client, workspace)
        name = f"{report.parts.objective} {without_prefix(report.bundle_hash)[:8]}"
        with _run(client, experiment, name, _tags(report, figures)) as run:
            client.log_inputs(run, [_dataset(report)])
            _log(client, run, _metrics(report), _parameters(report))
            _log_artifacts(client, run, workspace, report, figures)
            if figures.judged is not None:
                _record_evaluation(client, experiment, run, report, figures.judged)
            number = _register(client, experiment, run, workspace, report, figures)
        point_aliases(client, report.parts.objective, workspace.store.champion(report.parts.objective))
        return number


def _experiment(client: "MlflowClient", workspace: Workspace) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    local = None if workspace.settings.tracking_uri else str(workspace.folder.resolve() / ARTIFACTS)
    return found.experiment_id if found else client.create_experiment(EXPERIMENT, artifact_location=local)


@contextmanager
def _run(client: "MlflowClient", experiment: str, name: str, tags: Mapping[str, str]) -> Iterator[str]:
    """A run that ends as finished, or as failed where recording it does."""
    run = client.create_run(experiment, start_time=_now(), run_name=name, tags=dict(tags)).info.run_id
    try:
        yield run
    except BaseException:
        client.set_terminated(run, "FAILED")
        raise
    client.set_terminated(run)


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


def _log(client: "MlflowClient", run: str, metrics: Mapping[str, float], params: Mapping[str, str], *, step: int = 0) -> None:
    from mlflow.entities import Metric, Param

    client.log_batch(run, metrics=[Metric(name, value, _now(), step) for name, value in metrics.items()],
                     params=[Param(name, value[:500]) for name, value in params.items()])


def _tags(report: TrainReport, figures: Figures) -> dict[str, str]:
    return {BUNDLE_TAG: report.bundle_hash, "rightful.signal": report.verdict.signal,
            "rightful.signal_reason": report.verdict.reason[:500], "mlflow.note.content": summary(figures),
            **{f"rightful.{name.replace(' ', '_')}": figures.versions[name]
               for name in ("rule book", "directory", "training data", "rightful")}}


def _dataset(report: TrainReport) -> "DatasetInput":
    """The log that was learnt from: its digest is that of every number fitted on, its source the workspace's own events."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    prepared, parts = report.prepared, report.parts
    source = {"tags": {"rightful.log": "the events in the workspace's store", "rightful.events": str(len(prepared.events)),
                       "rightful.as_of": prepared.as_of.isoformat(), "rightful.directory": prepared.directory.digest,
                       "rightful.book": prepared.book.digest}}
    columns = [{"type": kind, "name": name, "required": False} for name, kind in columns_of(parts).items()]
    profile = {"assignments": len(prepared.table), "settled": int(prepared.table.settled.sum()), "fitted": len(prepared.pairs)}
    dataset = Dataset(name=f"{parts.objective} log", digest=without_prefix(parts.training_digest)[:DIGEST], source_type="code",
                      source=json.dumps(source), schema=json.dumps({"mlflow_colspec": columns}), profile=json.dumps(profile))
    return DatasetInput(dataset=dataset, tags=[InputTag(key="mlflow.data.context", value="training")])


def _judged_dataset(report: TrainReport, judged: Judged) -> "DatasetInput":
    """The later rows that judge, by what they are and what came of them."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digest = digest_of(report.parts.training_digest.encode() + judged.rows.tobytes() + judged.y.tobytes())
    dataset = Dataset(name=f"{report.parts.objective} judged rows", digest=without_prefix(digest)[:DIGEST], source_type="code",
                      source=json.dumps({"tags": {"rightful.training_data": report.parts.training_digest}}),
                      profile=json.dumps({"rows": len(judged)}))
    return DatasetInput(dataset=dataset, tags=[InputTag(key="mlflow.data.context", value="evaluation")])


def _record_evaluation(client: "MlflowClient", experiment: str, parent: str, report: TrainReport, judged: JudgedFigures) -> None:
    """A child run `evaluate`: the figures of all judged rows, and as steps those of each origin."""
    backtest, tags = report.backtest, {"mlflow.parentRunId": parent, BUNDLE_TAG: report.bundle_hash}
    assert backtest is not None
    with _run(client, experiment, "evaluate", tags) as run:
        client.log_inputs(run, [_judged_dataset(report, backtest)])
        for step, part in enumerate(backtest.by_origin):
            at_origin = {one.layer: one.gain for one in judged.over_time if one.origin == part.origin.isoformat()}
            found = _judged_metrics(part, at_origin)
            _log(client, run, {f"origin_{name}": value for name, value in found.items()}, {}, step=step)
        _log(client, run, _judged_metrics(backtest, backtest.gains),
             {"origins": ", ".join(origin.isoformat() for origin in backtest.origins)})


def _log_artifacts(client: "MlflowClient", run: str, workspace: Workspace, report: TrainReport, figures: Figures) -> None:
    from training.plots import draw

    texts = {"dataset_card.json": json.dumps(report.card.as_json(), indent=2), "dataset_card.md": report.card.as_markdown(),
             "model_card.md": model_card(figures), **kept(workspace, figures.objective, report.bundle_hash)}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        (Path(folder) / "plots").mkdir()
        draw(Path(folder) / "plots", report)
        client.log_artifacts(run, folder)
    client.log_artifacts(run, str(bundle_path(workspace.bundles, report.bundle_hash)), "bundle")


def _register(client: "MlflowClient", experiment: str, run: str, workspace: Workspace, report: TrainReport,
              figures: Figures) -> str:
    """The version of this bundle, made where there is none yet."""
    name = model_name(report.parts.objective)
    known = {found.tags.get(BUNDLE_TAG): found.version for found in versions_of(client, report.parts.objective)}
    if report.bundle_hash in known:
        return str(known[report.bundle_hash])
    if not client.search_registered_models(filter_string=f"name = '{name}'"):
        client.create_registered_model(name, description=(
            f"Ranks who should own a {report.parts.objective}. Each version scores the owners of a slate through "
            "`mlflow.pyfunc`, as serving does, which reads bundles by hash and never through MLflow. The store's champion is "
            "the truth, the alias `champion` follows it. `report.html` of a version's run is the report to send."))
    gain = str(report.backtest.gains["pair"]) if report.backtest else "not tried"
    if report.agreement is not None:
        gain = f"{report.agreement.gains['counts']} in mean 1 / rank over counts: agreement with the past, not benefit"
    model = client.create_logged_model(experiment, name=name, source_run_id=run, tags={BUNDLE_TAG: report.bundle_hash})
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder) / "model", workspace, report, model_id=model.model_id, run_id=run)
        client.log_model_artifacts(model.model_id, str(Path(folder) / "model"))
    client.finalize_logged_model(model.model_id, "READY")
    made = client.create_model_version(
        name, source=model.artifact_location, run_id=run, model_id=model.model_id, description=summary(figures),
        tags={BUNDLE_TAG: report.bundle_hash, "rightful.signal": report.verdict.signal, "rightful.gain": gain,
              "rightful.code": figures.versions["rightful"], "rightful.book": figures.versions["rule book"]})
    return str(made.version)


def save_model(folder: Path, workspace: Workspace, report: TrainReport, *, model_id: str | None = None,
               run_id: str | None = None) -> None:
    """Write the bundle as a model that MLflow loads: signature, what it needs, and where the code is that scores."""
    import mlflow.pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    inputs = Schema([ColSpec(kind, name, required=name in report.parts.features)
                     for name, kind in columns_of(report.parts).items()])
    signature = ModelSignature(inputs=inputs, outputs=Schema([ColSpec("double", name) for name in SCORES]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                   # that there is no example: the signature says what goes in
        mlflow.pyfunc.save_model(
            folder, loader_module="training.slate_model", data_path=str(bundle_path(workspace.bundles, report.bundle_hash)),
            signature=signature, pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
            mlflow_model=Model(model_id=model_id, run_id=run_id), metadata={BUNDLE_TAG: report.bundle_hash})


def _metrics(report: TrainReport) -> dict[str, float]:
    table = report.prepared.table
    found = {"assignments": float(len(table)), "settled": float(table.settled.sum()),
             "fitted_rows": float(len(report.prepared.pairs))}
    if report.agreement is not None:
        return found | report.agreement.as_metrics()
    return found if report.backtest is None else found | _judged_metrics(report.backtest, report.backtest.gains)


def _judged_metrics(judged: Judged, gains: Mapping[str, Interval]) -> dict[str, float]:
    z, y = judged.full, judged.y
    found: dict[str, Any] = {"judged_rows": len(y), "logloss": logloss(z, y), "brier": brier(z, y),
                             "constant_logloss": logloss(judged.constant, y), "item_logloss": logloss(judged.item, y)}
    area = auc(z, y)
    if area is not None:
        found["auc"] = area
    for name, gain in gains.items():
        key = "gain_" + name.replace(" ", "_")
        found |= {key: gain.value, f"{key}_low": gain.low, f"{key}_high": gain.high}
    return {name: float(value) for name, value in found.items()}


def _parameters(report: TrainReport) -> dict[str, str]:
    parts, prepared = report.parts, report.prepared
    return {"objective": parts.objective, "dimensions": ", ".join(parts.plan.dimensions),
            "k_owner": str(parts.plan.effects.k_owner),
            "k_children": ", ".join(f"{name} {k:g}" for name, k in parts.plan.effects.k_children),
            "half_life_days": str(parts.plan.effects.half_life_days),
            "ridge": str(report.choice.ridge), "s": str(parts.s), "a": repr(parts.a),
            "b": repr(parts.b), "as_of": prepared.as_of.isoformat(), "features": ", ".join(parts.features),
            "item_fields": ", ".join(one.name for one in parts.item_fields), "bundle": report.bundle_hash,
            "training_data": parts.training_digest, "catalogue": parts.catalogue_digest}
