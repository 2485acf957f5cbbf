"""What is compiled once per book or directory: kept by identity, dropped with its subject."""
import gc

from rules.caching import cached_per_instance
from rules.model import Directory


def test_it_is_built_once_per_subject_and_not_by_content():
    built = []
    size = cached_per_instance(lambda directory: built.append(directory.digest) or len(built))
    first, twin = Directory(owners={}, digest="a"), Directory(owners={}, digest="a")
    assert (size(first), size(first), size(twin), size(first)) == (1, 1, 2, 1)


def test_further_values_are_told_apart():
    built = []
    pair = cached_per_instance(lambda directory, *names: built.append(names) or names)
    one = Directory(owners={})
    assert [pair(one), pair(one, "a"), pair(one, "b"), pair(one, "a"), pair(one)] == [(), ("a",), ("b",), ("a",), ()]
    assert built == [(), ("a",), ("b",)]


def test_it_goes_with_its_subject():
    class Result:
        alive = 0

        def __init__(self):
            Result.alive += 1

        def __del__(self):
            Result.alive -= 1

    made = cached_per_instance(lambda directory: Result())
    for _ in range(5):
        made(Directory(owners={}))
    gc.collect()
    assert Result.alive == 0
