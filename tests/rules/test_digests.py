import hashlib

from rules.digests import digest_of, digest_of_files, letters, without_prefix


def test_a_digest_is_the_sha256_of_the_utf8_under_its_prefix():
    assert digest_of("Zürich") == "sha256:" + hashlib.sha256("Zürich".encode()).hexdigest() == digest_of("Zürich".encode())
    assert without_prefix(digest_of("a")) == letters("a") == without_prefix(letters("a"))


def test_files_are_told_apart_by_names_and_texts_and_not_by_their_order():
    both = {"b.csv": "x", "a.yaml": "é \udcff"}
    assert digest_of_files(both) == digest_of_files(dict(reversed(both.items())))
    assert digest_of_files(both) == "sha256:5ee6fda9b5f84b74a69190bacf38178929425350379211d4b8bf65c129976b5c"
    assert len({digest_of_files(files) for files in (both, {"b.csv": "x"}, {"a.yaml": "x"}, {"b.csv": "y"}, {})}) == 5
