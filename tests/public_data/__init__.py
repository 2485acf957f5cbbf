"""Tests on public data sets, run by `make test-data`; the data itself is never part of the project."""
