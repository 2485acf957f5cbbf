"""What lies beyond what a model was trained on counts as the bound, and the decision says so; older bundles know no bounds."""
from dataclasses import replace

import numpy as np
import pytest

from serving.decision.choice import bound_warnings
from serving.ranking.bundle import assemble, load_bundle, write_bundle


@pytest.fixture
def bounded(parts):
    """The conftest's bundle with bounds on what training saw, and the days since the last item bent."""
    k = len(parts.features)
    halfway = np.full(k, np.nan)
    halfway[parts.features.index("days_since_last_assignment")] = 14.0
    low, high = parts.range_low.copy(), parts.range_high.copy()
    low[parts.features.index("effect_owner")] = high[parts.features.index("effect_owner")] = np.nan
    return replace(parts, linear=replace(parts.linear, low=low, high=high, halfway=halfway))


def test_a_bundle_with_bounds_gives_the_same_scores_after_it_was_written(bounded, tmp_path):
    written = load_bundle(tmp_path / write_bundle(tmp_path, bounded).removeprefix("sha256:"))
    rows = bounded.golden_matrix * 3.0
    assert written.log_odds(rows, 0.2).tobytes() == assemble(bounded).log_odds(rows, 0.2).tobytes()
    assert written.linear.low.tobytes() == bounded.linear.low.tobytes()


def test_contributions_add_up_to_the_score_beyond_the_bounds_too(bounded):
    bundle = assemble(bounded)
    rows = np.vstack([bounded.golden_matrix * 5.0, bounded.golden_matrix])
    base, contributions = bundle.explain(rows)
    assert base + contributions.sum(axis=1) == pytest.approx(bundle.log_odds(rows, 0.0), abs=1e-9)


def test_a_stale_row_scores_as_the_bound_and_is_told(bounded):
    bundle, at = assemble(bounded), bounded.features.index("days_since_last_assignment")
    row = bounded.golden_matrix[:1].copy()
    row[0, at] = bounded.range_high[at]
    stale = row.copy()
    stale[0, at] = 9999.0
    assert bundle.log_odds(stale, 0.0) == bundle.log_odds(row, 0.0)
    assert not bound_warnings(bundle, {"ann": row[0]})
    assert bound_warnings(bundle, {"ann": row[0], "bob": stale[0]}) == (
        f"`days_since_last_assignment` of bob, 9999, lies beyond what the model was trained on and counts as {row[0, at]:.4g}",)


def test_a_bundle_of_before_knows_no_bounds_and_tells_none(parts):
    bundle, far = assemble(parts), parts.golden_matrix * 1e3
    assert bundle.linear.shape(far) is far and bound_warnings(bundle, {"ann": far[0]}) == ()
