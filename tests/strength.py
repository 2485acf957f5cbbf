"""How much a sliced test tries: a quick slice in `make test`, its full strength in `make test-long`."""
import os

import pytest

THOROUGH = os.environ.get("RIGHTFUL_THOROUGH") == "1"

#: Marks a test of which `make test` runs a slice and `make test-long` everything.
sliced = pytest.mark.sliced


def slice_of(full: int, quick: int) -> int:
    """So many examples, seeds or parts this run tries."""
    return full if THOROUGH else quick
