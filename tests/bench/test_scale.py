"""How import and training grow with the rows of a history: measured in processes of their own, and told with exponents."""
import pytest

from bench.rules_measured import Stopped
from bench.scale import Measured, exponent, lines, measure

pytestmark = pytest.mark.train


def measured(rows, seconds, gigabytes=0.5):
    return Measured(step="import", rows=rows, seconds=seconds, gigabytes=gigabytes)


@pytest.mark.parametrize(("seconds", "power"), [(30.0, 1.0), (90.0, 2.0), (10.0, 0.0)])
def test_the_exponent_is_the_power_of_the_rows(seconds, power):
    assert exponent(measured(1000, 10.0), measured(3000, seconds)) == pytest.approx(power)


def test_what_a_million_rows_would_take_goes_on_from_the_last_size():
    told = "\n".join(lines([measured(10_000, 4.0, 0.5), measured(100_000, 40.0, 0.68), Stopped(why="too long")]))
    assert "import: a million rows if that goes on: 400 s (to reach: 360), 2.5 GB (to reach: 2)" in told
    assert "stopped: too long" in told


def test_a_history_is_imported_in_a_process_of_its_own():
    said = []
    [found] = measure([1000], train=False, say=said.append)
    assert (found.step, found.rows) == ("import", 1000)
    assert found.seconds > 0 and found.gigabytes > 0.05
    assert said == ["drawing 1,000 rows", "import of 1,000 rows"]
