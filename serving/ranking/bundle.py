"""A trained model as plain text under its own hash: written by training, loaded and scored by serving.

`FOLDER/<sha256>/` holds pair.txt and quality.txt (LightGBM text, empty where a layer is absent), model.json (all
numbers and names), golden.json (inputs with the scores they must give) and manifest.json (every file's hash). The
bundle's hash is that of the manifest, so it covers every byte and neither a time nor a path.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import orjson

from features.matrix import ItemField, item_vector
from features.plan import EffectSettings, FeaturePlan, OwnerPrior
from rules.digests import PREFIX, digest_of, without_prefix
from rules.errors import BundleError
from rules.model import WorkItem
from serving.ranking.attribution import shap_table, shap_values
from serving.ranking.layers import Hours, Linear, combine, probability

FORMAT = 1
MANIFEST = "manifest.json"
CONTENT = ("golden.json", "model.json", "pair.txt", "quality.txt")
CHILD_SECONDS = 60.0
SIGNAL, NO_SIGNAL = "owner signal", "no owner signal"


@dataclass(frozen=True, kw_only=True, eq=False)
class BundleParts:
    """All that a bundle says, before it has a hash.

    `features`: the catalogue's names in order (k). `pair_text`: LightGBM text fitted on the expanded columns of
    `linear` with offset m + l, "" = no boosted layer; `quality_text`: the same for the item's own quality, fitted on
    `item_fields`, "" = m is `quality_init`. `range_low`, `range_high` (k): what training saw, NaN = never seen.
    `tau`: how near a near tie is, in probability. `value_median`: what a missing value counts as.
    `judged`: what training found of it out of time (`rows`, `origins`, `logloss`, and `gains` by name as value, low and high),
    None where it was not judged or before bundles said so. `hours`: where a time is learnt, how the chance tells it.
    `golden_matrix` (g x k) and `golden_items` (g x item fields): inputs whose scores the loader must reproduce.
    """

    objective: str
    plan: FeaturePlan
    features: tuple[str, ...]
    catalogue_digest: str
    item_fields: tuple[ItemField, ...]
    linear: Linear
    pair_text: str
    quality_text: str
    quality_init: float = 0.0
    a: float = 0.0
    b: float = 1.0
    s: float = 1.0
    tau: float = 0.002
    signal: str = SIGNAL
    signal_reason: str = ""
    judged: Mapping[str, Any] | None = None
    hours: Hours | None = None
    range_low: np.ndarray
    range_high: np.ndarray
    value_median: float = 1.0
    training_digest: str = ""
    golden_matrix: np.ndarray
    golden_items: np.ndarray

    def __post_init__(self):
        k = len(self.features)
        shapes = (len(self.linear.imputation), len(self.range_low), len(self.range_high), self.golden_matrix.shape[1])
        if any(length != k for length in shapes) or self.linear.names[:k] != self.features:
            raise BundleError(f"the parts disagree on the features: {k} named, given {shapes} and `{self.linear.names}`")
        if self.b <= 0 or self.s < 0:
            raise BundleError(f"given b `{self.b}` and s `{self.s}`, expected b above 0 and s not below 0")
        for name in ("quality_init", "a", "b", "s", "tau", "value_median"):
            object.__setattr__(self, name, float(getattr(self, name)))
        if len(self.golden_matrix) != len(self.golden_items):
            raise BundleError("expected as many golden items as golden rows")

    @property
    def has_signal(self) -> bool:
        """Whether training could tell owners apart."""
        return self.signal == SIGNAL


@dataclass(frozen=True, kw_only=True, eq=False)
class Bundle(BundleParts):
    """A loaded bundle: what it says, the hash that identifies it, and the scores it gives."""

    hash: str

    @cached_property
    def _pair(self) -> lightgbm.Booster | None:
        return _booster(self.pair_text)

    @cached_property
    def _quality(self) -> lightgbm.Booster | None:
        return _booster(self.quality_text)

    @cached_property
    def _shap(self) -> Callable[[np.ndarray], np.ndarray] | None:
        """The boosted layer's SHAP values of expanded rows, its expected value last; None without such a layer."""
        if self._pair is None:
            return None
        table = shap_table(self._pair)
        return table.explain if table else partial(shap_values, self._pair)

    @cached_property
    def effect_weights(self) -> np.ndarray:
        """What the parts of an owner's effect (the owner's own, then by dimension) count for in the straight line."""
        parts = ("effect_owner", *(f"effect_owner_x_{name}" for name in self.plan.dimensions))
        return self.linear.coef[[self.features.index(name) for name in parts]]

    @cached_property
    def gross_range(self) -> tuple[np.ndarray, np.ndarray]:
        """Per feature (k) how far is far: the training range, widened on each side by its own width."""
        width = self.range_high - self.range_low
        width = np.where(width > 0.0, width, np.maximum(1.0, np.abs(self.range_high)))
        return self.range_low - width, self.range_high + width

    def item_log_odds(self, item: WorkItem) -> float:
        """m: the log-odds of success that lie in the item alone; constant inside a slate."""
        return float(self.quality_log_odds(item_vector(item, self.item_fields)[np.newaxis, :])[0])

    def quality_log_odds(self, items: np.ndarray) -> np.ndarray:
        """m for rows of item vectors (n x item fields)."""
        if self._quality is None:
            return np.full(len(items), self.quality_init)
        return self.quality_init + raw_scores(self._quality, items)

    def log_odds(self, matrix: np.ndarray, m: np.ndarray | float) -> np.ndarray:
        """z for rows of a pair matrix; one row's z never depends on the other rows."""
        expanded = self.linear.expand(matrix)
        return combine(m, self.linear.log_odds(expanded), self._boosted(expanded), self.s)

    def probability(self, z: np.ndarray) -> np.ndarray:
        """The calibrated probability of success."""
        return probability(z, self.a, self.b)

    def worth(self, z: np.ndarray) -> np.ndarray:
        """What ranks, per unit of value: the probability of success, or minus the hours (of the promised ones) of a time."""
        return self.probability(z) if self.hours is None else -self.hours.relative(self.a + self.b * np.asarray(z))

    def slope(self, z: np.ndarray) -> np.ndarray:
        """How much worth one unit of log-odds is, at some log-odds."""
        if self.hours is not None:
            return -self.hours.spread * self.b * self.worth(z)
        p = self.probability(z)
        return self.b * p * (1.0 - p)

    def explain(self, matrix: np.ndarray) -> tuple[float, np.ndarray]:
        """The base and the contributions per feature (n x k): base + contributions summed = z - m within 1e-9."""
        expanded = self.linear.expand(matrix)
        per_column = self.linear.contributions(expanded)
        base = self.linear.intercept
        if len(matrix) and self._shap is not None:
            shap = self._shap(expanded)
            base += self.s * float(shap[0, -1])
            per_column += self.s * shap[:, :-1]
        return float(base), self.linear.merge(per_column)

    def _boosted(self, expanded: np.ndarray) -> np.ndarray:
        if self._pair is None or not len(expanded):
            return np.zeros(len(expanded))
        return raw_scores(self._pair, expanded)


def raw_scores(booster: lightgbm.Booster, rows: np.ndarray) -> np.ndarray:
    """The log-odds that a booster's trees add, row by row."""
    return np.asarray(booster.predict(rows, raw_score=True, num_threads=1))


def _booster(text: str) -> lightgbm.Booster | None:
    return lightgbm.Booster(model_str=text) if text else None


def assemble(parts: BundleParts, bundle_hash: str = "") -> Bundle:
    """A bundle in memory, unhashed unless given: what training scores with before it writes."""
    return Bundle(hash=bundle_hash, **{field.name: getattr(parts, field.name) for field in fields(BundleParts)})


def bundle_path(folder: Path, bundle_hash: str) -> Path:
    """Where a bundle lies in a folder of bundles; the hash is taken with or without `sha256:`."""
    return folder / without_prefix(bundle_hash)


def write_bundle(folder: Path, parts: BundleParts) -> str:
    """Write a bundle into FOLDER/<sha256>/ and return its hash, `sha256:...`; the same parts give the same hash.

    The golden scores are those of the parts as read back from their text. Nothing half-written remains: the folder
    appears under its final name at once, and a bundle that is already there is left alone.
    """
    contents = {
        "pair.txt": parts.pair_text.encode(),
        "quality.txt": parts.quality_text.encode(),
        "model.json": _json(_model_of(parts)),
        "golden.json": _json(_golden_of(assemble(parts))),
    }
    manifest = _json({"format": FORMAT, "files": {name: digest_of(contents[name]) for name in sorted(contents)}})
    bundle_hash = digest_of(manifest)
    target = bundle_path(folder, bundle_hash)
    if target.exists():
        return bundle_hash
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        for name, content in {**contents, MANIFEST: manifest}.items():
            (unfinished / name).write_bytes(content)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not target.exists():
            raise
    return bundle_hash


def load_bundle(path: Path, *, check_in_child: bool = False) -> Bundle:
    """Load FOLDER/<sha256> and prove it: hashes, then a first parse in a child if asked, then the golden scores.

    Raises BundleError, saying which file or score is wrong. Corrupt LightGBM text can abort the process that reads it:
    ask for the child wherever a bundle is met for the first time.
    """
    path = path.with_name(without_prefix(path.name))
    contents = _verified_contents(path)
    if check_in_child:
        _parse_in_child(path)
    try:
        parts = _parts_from(contents)
        bundle = assemble(parts, PREFIX + path.name)
        golden = orjson.loads(contents["golden.json"])
        given = _golden_scores(bundle)
        bundle.explain(bundle.golden_matrix)              # what is computed once is computed now
    except (KeyError, TypeError, ValueError, lightgbm.basic.LightGBMError) as fault:
        raise BundleError(f"bundle `{path.name}` cannot be read: {fault}; train and write it again") from fault
    for name, scores in given.items():
        if scores.tobytes() != _floats(golden[name]).tobytes():
            raise BundleError(f"bundle `{path.name}` does not reproduce its golden `{name}`; expected the very same "
                              "numbers: use the library versions it was written with, or train again")
    return bundle


def _verified_contents(path: Path) -> dict[str, bytes]:
    """Every file of a bundle, its bytes being those its name and manifest promise."""
    try:
        manifest = (path / MANIFEST).read_bytes()
        if digest_of(manifest) != PREFIX + path.name:
            raise BundleError(f"`{MANIFEST}` of bundle `{path.name}` was altered; expected content of that hash")
        listed = orjson.loads(manifest)
        if listed["format"] != FORMAT or tuple(sorted(listed["files"])) != CONTENT:
            raise BundleError(f"bundle `{path.name}` has format `{listed['format']}`, expected `{FORMAT}`; train again")
        contents = {name: (path / name).read_bytes() for name in CONTENT}
    except OSError as fault:
        raise BundleError(f"bundle `{path.name}` is incomplete: `{fault.filename}` cannot be read") from fault
    for name, content in contents.items():
        if digest_of(content) != listed["files"][name]:
            raise BundleError(f"`{name}` of bundle `{path.name}` was altered; restore it or train again")
    return contents


def _parse_in_child(path: Path) -> None:
    """Load the bundle in another process first, so that text that crashes a parser crashes only that process."""
    root = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-c", "import sys, pathlib; from serving.ranking.bundle import load_bundle; "
               "load_bundle(pathlib.Path(sys.argv[1]))", str(path)]
    try:
        ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": search}, capture_output=True,
                               encoding="utf-8", errors="replace", timeout=CHILD_SECONDS, check=False)
    except subprocess.TimeoutExpired as fault:
        raise BundleError(f"bundle `{path.name}` was not read within {CHILD_SECONDS:.0f} s") from fault
    if ended.returncode != 0:
        last_words = (ended.stderr.strip().splitlines() or ["no message"])[-1]
        raise BundleError(f"reading bundle `{path.name}` ended a child process with {ended.returncode}: {last_words}")


def _json(content: object) -> bytes:
    """Sorted JSON; NaN becomes null, a float its shortest text that reads back the same."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def _floats(numbers: object) -> np.ndarray:
    return np.array(numbers, dtype=np.float64)


def _golden_scores(bundle: Bundle) -> dict[str, np.ndarray]:
    m = bundle.quality_log_odds(bundle.golden_items) if len(bundle.golden_items) else np.zeros(0)
    return {"m": m, "z": bundle.log_odds(bundle.golden_matrix, m)}


def _golden_of(bundle: Bundle) -> dict[str, object]:
    return {"items": np.ascontiguousarray(bundle.golden_items), "matrix": np.ascontiguousarray(bundle.golden_matrix),
            **_golden_scores(bundle)}


def _model_of(parts: BundleParts) -> dict[str, object]:
    """model.json: everything but the booster texts and the golden inputs."""
    left_out = {"pair_text", "quality_text", "golden_matrix", "golden_items"} | ({"hours"} if parts.hours is None else set())
    model = {field.name: getattr(parts, field.name) for field in fields(BundleParts) if field.name not in left_out}
    model["golden_shapes"] = [list(parts.golden_matrix.shape), list(parts.golden_items.shape)]
    return {**model, "plan": asdict(parts.plan), "item_fields": [asdict(field) for field in parts.item_fields],
            "linear": asdict(parts.linear)}


def _parts_from(contents: Mapping[str, bytes]) -> BundleParts:
    model = orjson.loads(contents["model.json"])
    golden = orjson.loads(contents["golden.json"])
    matrix_shape, items_shape = model.pop("golden_shapes")
    plan, linear, hours = model.pop("plan"), model.pop("linear"), model.pop("hours", None)
    return BundleParts(
        hours=None if hours is None else Hours(**hours),
        plan=FeaturePlan(**{**_tuples(plan), "effects": _effects_of(plan["effects"])}),
        linear=_linear_of(linear),
        item_fields=tuple(ItemField(**_tuples(field)) for field in model.pop("item_fields")),
        range_low=_floats(model.pop("range_low")), range_high=_floats(model.pop("range_high")),
        pair_text=contents["pair.txt"].decode(), quality_text=contents["quality.txt"].decode(),
        golden_matrix=_floats(golden["matrix"]).reshape(matrix_shape),
        golden_items=_floats(golden["items"]).reshape(items_shape),
        **_tuples(model),
    )


def _linear_of(told: Mapping[str, Any]) -> Linear:
    """The straight line as written; those of before values were bounded and bent say nothing of it."""
    shapes = {name: _floats(told[name]) for name in ("low", "high", "halfway") if told.get(name) is not None}
    return Linear(names=tuple(told["names"]), coef=_floats(told["coef"]), mean=_floats(told["mean"]),
                  imputation=_floats(told["imputation"]), intercept=told["intercept"], **shapes)


def _effects_of(told: Mapping[str, Any]) -> EffectSettings:
    """Effect settings as written; those of before there were priors name none."""
    prior = told.get("prior")
    return EffectSettings(**{**_tuples(told), "prior": None if prior is None else OwnerPrior(**_tuples(prior))})


def _tuples(mapping: Mapping[str, object]) -> dict[str, Any]:
    """The same mapping with JSON's lists as the tuples that frozen values hold."""
    return {name: _tuple(value) for name, value in mapping.items()}


def _tuple(value: object) -> object:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value
