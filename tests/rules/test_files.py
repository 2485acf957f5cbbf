"""Files that somebody names: packed ones are unpacked up to a limit, and refused beyond it whatever they are made of."""
import gzip

import pytest

from rules import files
from rules.errors import HistoryError
from rules.files import read_text


@pytest.fixture(autouse=True)
def small_limit(monkeypatch):
    monkeypatch.setattr(files, "MOST_UNPACKED", 1000)


@pytest.mark.parametrize("parts", [[b"x" * 1000], [b"x" * 400, b"y" * 600]])
def test_a_packed_file_is_read_whole_up_to_the_limit_also_of_several_parts(tmp_path, parts):
    (tmp_path / "a.csv.gz").write_bytes(b"".join(map(gzip.compress, parts)))
    assert read_text(tmp_path / "a.csv.gz") == b"".join(parts).decode()


@pytest.mark.parametrize("parts", [[b"x" * 1001], [b"x" * 10] * 101, [b"\0" * 10_000_000]])
def test_a_packed_file_that_unpacks_to_more_is_refused_with_the_limit(tmp_path, parts):
    (tmp_path / "a.csv.gz").write_bytes(b"".join(map(gzip.compress, parts)))
    with pytest.raises(HistoryError, match="the gzipped file unpacks to more than 1,000 bytes; .* unpack it yourself"):
        read_text(tmp_path / "a.csv.gz")


def test_a_file_that_is_not_packed_has_no_limit(tmp_path):
    (tmp_path / "a.csv").write_text("x" * 2000)
    assert len(read_text(tmp_path / "a.csv")) == 2000
