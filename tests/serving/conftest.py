"""A small company, and a bundle really trained on synthetic rows of its features (LightGBM and numpy only)."""
from datetime import UTC, datetime, timedelta

import lightgbm
import numpy as np
import pytest

from features.catalogue import catalogue, catalogue_digest
from features.matrix import item_fields
from features.plan import FeaturePlan, Objective
from rules.directory.files import load_directory
from rules.loading import require_book
from serving.decision.request import DecisionRequest, Policy
from serving.ranking.bundle import BundleParts, bundle_path, load_bundle, write_bundle
from serving.ranking.layers import Linear, column_names, expand
from serving.runtime import context, live
from serving.store import event_log, idempotency, writer
from tests.serving.decision.company import AT, BOOK, DIRECTORY, OWNERS, FakeView, feature_rows

PLAN = FeaturePlan(objective="lead", dimensions=("segment",), owner_columns=("seniority",))


@pytest.fixture(scope="session")
def book():
    return require_book({"rulebook.yaml": BOOK})


@pytest.fixture(scope="session")
def directory():
    return load_directory(DIRECTORY)


@pytest.fixture(scope="session")
def parts(book):
    return trained_parts(book)


@pytest.fixture(scope="session")
def bundle_folder(parts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    return bundle_path(folder, write_bundle(folder, parts))


@pytest.fixture(scope="session")
def bundle(bundle_folder):
    return load_bundle(bundle_folder)


@pytest.fixture
def view():
    return FakeView()


@pytest.fixture
def policy():
    return Policy(objectives=(Objective(kind="lead", positive=("converted",), horizon=timedelta(days=60)),))


@pytest.fixture
def ask(book, directory, bundle, view, policy):
    """recommend on the company with everything but the request given a default."""
    from serving.decision.recommend import recommend

    def asked(item=None, **changed):
        words = {name: changed.pop(name) for name in ("mode", "top", "current_owner", "exclude", "decision_id")
                 if name in changed}
        request = DecisionRequest(**{"decision_id": "d-1", "item": item or lead(), **words})
        settings = {"at": AT, "book": book, "directory": directory, "view": view, "bundle": bundle, "policy": policy,
                    "key": b"workspace", "versions": {"code": "1.0.0", "calendar": None}, **changed}
        return recommend(request, **settings)

    return asked


def lead(item_id="L-1", **attributes):
    """A lead that the pool of twelve may have."""
    return {"item_id": item_id, "kind": "lead", "received_at": "2026-11-20T10:00:00Z", "segment": "ENT",
            "country": "US", "value": 1000.0, **attributes}


def trained_parts(book, seed=1, rows=3000):
    """Linear part by projected gradient, then a boosted part on top, both with the catalogue's signs."""
    features = catalogue(PLAN)
    rng = np.random.default_rng(seed)
    matrix = feature_rows(rng, rows, features)
    signs = np.array([feature.sign for feature in features])
    imputation = np.nanmedian(matrix, axis=0)
    incomplete = np.flatnonzero(np.isnan(matrix).any(axis=0))
    names = column_names([each.name for each in features], [features[j].name for j in incomplete])
    columns = expand(matrix, imputation, incomplete)
    scale = columns.std(axis=0) + 1e-9
    scaled = (columns - columns.mean(axis=0)) / scale
    truth = scaled[:, :len(features)] @ (np.where(signs == 0, 0.1, signs) * rng.uniform(0.05, 0.3, len(features)))
    truth += 0.4 * np.sin(3 * scaled[:, 0])
    labels = (rng.random(rows) < 1 / (1 + np.exp(-(truth - 1.0)))).astype(float)
    bound = np.concatenate([signs, np.zeros(len(incomplete), dtype=int)])
    coef, intercept = np.zeros(len(names)), 0.0
    for _ in range(150):
        residual = 1 / (1 + np.exp(-(scaled @ coef + intercept))) - labels
        coef -= 0.5 * (scaled.T @ residual / rows + 0.01 * coef)
        coef = np.where(bound > 0, np.maximum(coef, 0), np.where(bound < 0, np.minimum(coef, 0), coef))
        intercept -= 0.5 * residual.mean()
    linear = Linear(names=names, coef=coef / scale, mean=columns.mean(axis=0), imputation=imputation,
                    intercept=intercept)
    offset = linear.intercept + linear.contributions(columns).sum(axis=1)
    settings = {"objective": "binary", "num_leaves": 7, "learning_rate": 0.1, "num_threads": 1, "verbose": -1, "seed": 1,
                "deterministic": True, "force_row_wise": True, "monotone_constraints": bound.tolist(),
                "monotone_constraints_method": "intermediate"}
    pair = lightgbm.train(settings, lightgbm.Dataset(columns, labels, init_score=offset), 40)
    fields = item_fields(book.attributes)
    items = np.column_stack([rng.integers(0, 3, rows) if field.read == "code" else rng.lognormal(7, 1, rows)
                             for field in fields]).astype(float)
    free = {name: value for name, value in settings.items() if not name.startswith("monotone")}
    quality = lightgbm.train(free, lightgbm.Dataset(items, (rng.random(rows) < 0.1 + 0.1 * items[:, 0]).astype(float)), 20)
    return BundleParts(
        objective="lead", plan=PLAN, features=tuple(each.name for each in features),
        catalogue_digest=catalogue_digest(features), item_fields=fields, linear=linear,
        pair_text=pair.model_to_string(), quality_text=quality.model_to_string(), a=0.05, b=0.9, s=0.5,
        range_low=np.nanmin(matrix, axis=0), range_high=np.nanmax(matrix, axis=0), value_median=800.0,
        training_digest="sha256:synthetic", golden_matrix=matrix[:50], golden_items=items[:50])


assert AT.tzinfo is UTC and datetime.fromisoformat(lead()["received_at"]) < AT and len(OWNERS) == 12


#: Whatever reads the clock while something is decided and kept in one process.
CLOCKED = (context, event_log, idempotency, live, writer)


@pytest.fixture
def turn(monkeypatch):
    """Turn every clock that deciding and keeping read."""
    def by(shift):
        class Turned(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) + shift

        for module in CLOCKED:
            if hasattr(module, "datetime"):
                monkeypatch.setattr(module, "datetime", Turned)

    return by
