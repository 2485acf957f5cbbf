"""Bundles: only what was written is ever loaded, and scores follow the signs of the catalogue."""
import subprocess
from dataclasses import replace

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import catalogue
from rules.digests import digest_of
from rules.errors import BundleError
from serving.ranking import bundle as bundle_module
from serving.ranking.bundle import CONTENT, MANIFEST, assemble, bundle_path, load_bundle, write_bundle
from serving.ranking.layers import Hours
from tests.serving.conftest import PLAN
from tests.serving.decision.company import feature_rows


def test_the_same_parts_give_the_same_hash_and_the_folder_is_left_alone(parts, tmp_path):
    first = write_bundle(tmp_path, parts)
    before = (bundle_path(tmp_path, first) / MANIFEST).stat().st_mtime_ns
    assert write_bundle(tmp_path, parts) == first
    assert (bundle_path(tmp_path, first) / MANIFEST).stat().st_mtime_ns == before
    assert first.startswith("sha256:") and [each.name for each in tmp_path.iterdir()] == [first.removeprefix("sha256:")]


def test_what_is_loaded_is_what_was_written(parts, bundle):
    assert bundle.features == parts.features and bundle.plan == parts.plan and bundle.item_fields == parts.item_fields
    assert (bundle.a, bundle.b, bundle.s, bundle.tau, bundle.value_median) == (0.05, 0.9, 0.5, 0.002, 800.0)
    np.testing.assert_array_equal(bundle.golden_matrix, parts.golden_matrix)
    np.testing.assert_array_equal(bundle.range_high, parts.range_high)
    before = assemble(parts)
    assert before.log_odds(parts.golden_matrix, 0.1).tobytes() == bundle.log_odds(parts.golden_matrix, 0.1).tobytes()


def test_a_time_learnt_is_written_and_read_and_only_then(parts, tmp_path):
    hours = Hours(learn="reply", within=8.0, spread=0.7)
    plain, timed = write_bundle(tmp_path, parts), write_bundle(tmp_path, replace(parts, hours=hours))
    assert b"hours" not in (bundle_path(tmp_path, plain) / "model.json").read_bytes().replace(b"log-hours", b"").replace(
        b"reply_log_hours", b"")
    found = load_bundle(bundle_path(tmp_path, timed))
    z = found.log_odds(found.golden_matrix, 0.1)
    assert found.hours == hours and (np.argsort(-found.worth(z)) == np.argsort(-found.probability(z))).all()
    step = (found.worth(z + 1e-6) - found.worth(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(found.slope(z), step, rtol=1e-6)


def copied(source, tmp_path):
    target = tmp_path / source.name
    target.mkdir()
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target


@pytest.mark.parametrize("name", [*CONTENT, MANIFEST])
def test_one_changed_byte_in_any_file_is_refused(bundle_folder, tmp_path, name):
    folder = copied(bundle_folder, tmp_path)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(BundleError, match=name):
        load_bundle(folder)


@pytest.mark.parametrize("name", [*CONTENT, MANIFEST])
def test_an_absent_file_is_refused(bundle_folder, tmp_path, name):
    folder = copied(bundle_folder, tmp_path)
    (folder / name).unlink()
    with pytest.raises(BundleError, match="incomplete"):
        load_bundle(folder)


def rehashed(folder, changes):
    """A bundle whose hashes agree again after its files were changed: a forger's, or one from another library version."""
    for name, content in changes.items():
        (folder / name).write_bytes(content)
    manifest = orjson.loads((folder / MANIFEST).read_bytes())
    manifest["files"] = {name: digest_of((folder / name).read_bytes()) for name in manifest["files"]}
    content = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
    (folder / MANIFEST).write_bytes(content)
    return folder.rename(bundle_path(folder.parent, digest_of(content)))


def test_scores_other_than_the_golden_ones_are_refused(bundle_folder, tmp_path):
    folder = copied(bundle_folder, tmp_path)
    golden = orjson.loads((folder / "golden.json").read_bytes())
    golden["z"][7] = float(np.nextafter(golden["z"][7], 9.0))
    with pytest.raises(BundleError, match="golden `z`"):
        load_bundle(rehashed(folder, {"golden.json": orjson.dumps(golden)}))


def test_text_that_does_not_parse_is_refused_by_the_child_and_spares_this_process(bundle_folder, tmp_path):
    folder = copied(bundle_folder, tmp_path)
    text = (folder / "pair.txt").read_text()
    folder = rehashed(folder, {"pair.txt": text[:len(text) // 2].encode()})
    with pytest.raises(BundleError, match="child process"):
        load_bundle(folder, check_in_child=True)


def test_a_sound_bundle_passes_the_child(bundle_folder, bundle):
    assert load_bundle(bundle_folder, check_in_child=True).hash == bundle.hash


def test_a_child_that_hangs_is_given_up(bundle_folder, monkeypatch):
    def hang(*args, **options):
        raise subprocess.TimeoutExpired(args[0], options["timeout"])

    monkeypatch.setattr(bundle_module.subprocess, "run", hang)
    with pytest.raises(BundleError, match="not read within"):
        load_bundle(bundle_folder, check_in_child=True)


def test_base_and_contributions_add_up_to_the_log_odds(bundle):
    matrix = feature_rows(np.random.default_rng(3), 200, catalogue(PLAN))
    m = np.random.default_rng(4).normal(size=200)
    base, contributions = bundle.explain(matrix)
    np.testing.assert_allclose(m + base + contributions.sum(axis=1), bundle.log_odds(matrix, m), atol=1e-9, rtol=0)


def test_a_row_scores_the_same_whoever_stands_beside_it(bundle):
    matrix = feature_rows(np.random.default_rng(3), 60, catalogue(PLAN))
    together = bundle.log_odds(matrix, 0.2)
    alone = [bundle.log_odds(matrix[i:i + 1], 0.2)[0] for i in range(60)]
    assert together.tolist() == alone


def test_without_boosted_parts_the_linear_part_scores_alone(parts):
    from dataclasses import replace
    plain = assemble(replace(parts, pair_text="", quality_text="", quality_init=-1.5))
    z = plain.log_odds(parts.golden_matrix, plain.quality_log_odds(parts.golden_items))
    expected = -1.5 + plain.linear.intercept + plain.linear.contributions(
        plain.linear.expand(parts.golden_matrix)).sum(axis=1)
    np.testing.assert_allclose(z, expected, atol=1e-12)


def test_parts_that_disagree_on_the_features_are_refused(parts):
    from dataclasses import replace
    with pytest.raises(BundleError, match="disagree"):
        replace(parts, features=parts.features[:-1])
    with pytest.raises(BundleError, match="b above 0"):
        replace(parts, b=0.0)


CONSTRAINED = [feature for feature in catalogue(PLAN) if feature.sign]


@given(seed=st.integers(0, 10_000), feature=st.sampled_from(CONSTRAINED), steps=st.integers(2, 30),
       holes=st.sets(st.integers(0, len(catalogue(PLAN)) - 1), max_size=12))
@settings(max_examples=150, deadline=None)
def test_more_of_a_signed_feature_never_moves_the_score_the_wrong_way(bundle, seed, feature, steps, holes):
    """More load, slower replies, more distance never raise it; better results never lower it; whatever is missing."""
    names = [each.name for each in catalogue(PLAN)]
    j = names.index(feature.name)
    row = feature_rows(np.random.default_rng(seed), 1, catalogue(PLAN))[0]
    row[list(holes)] = np.nan
    rows = np.repeat(row[np.newaxis, :], steps, axis=0)
    reach = bundle.range_high[j] - bundle.range_low[j]
    rows[:, j] = np.linspace(bundle.range_low[j] - reach / 2, bundle.range_high[j] + reach / 2, steps)
    z = bundle.log_odds(rows, 0.0)
    moves = np.diff(z) * feature.sign
    assert moves.min() >= -1e-12, (feature.name, z.tolist())
