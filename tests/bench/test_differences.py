"""The bench of differences: few changed rules are compared with the few they touch, to the same end as in full."""
import pytest

from bench.differences import CHANGED, differences, lines

pytestmark = pytest.mark.train


def test_both_ways_find_the_same_regions():
    found = list(differences((60,)))
    assert [own.shape for own in found] == ["apart", "in ten layers", "one table"]
    assert all(own.proved and own.equal for own in found)
    assert found[0].regions == CHANGED and found[2].regions == CHANGED
    assert len(lines(found)) == 4
