"""What is missing from a log is named before anything is learnt from it."""
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from rules.errors import Refused
from training.learn.data_checks import admit

pytestmark = pytest.mark.train


def codes(prepared, table=None, events=None):
    warnings = admit(table or prepared.table, events or prepared.events, prepared.objective, prepared.as_of)
    return {warning.code for warning in warnings}


def test_a_complete_rotated_log_raises_no_warning(trained):
    assert codes(trained[1].prepared) == set()


def test_owners_missing_on_failures_are_refused(trained):
    prepared = trained[1].prepared
    table = prepared.table
    nobody = np.where(table.y == 0, len(table.owners), table.owner)
    with pytest.raises(Refused, match="missing on negatives"):
        codes(prepared, replace(table, owner=nobody, owners=(*table.owners, "")))


def test_outcomes_that_stop_early_are_named(trained):
    prepared = trained[1].prepared
    end = prepared.as_of - timedelta(days=15)
    events = [event for event in prepared.events if event.kind != "outcome" or event.known_at < end]
    assert codes(prepared, events=events) == {"truncated_outcomes"}


def test_a_log_that_begins_with_survivors_is_named(trained):
    prepared = trained[1].prepared
    y = prepared.table.y.copy()
    y[:250] = np.where(np.arange(250) % 10 < 9, 1.0, 0.0)
    assert codes(prepared, replace(prepared.table, y=y)) == {"left_truncation"}


def test_a_log_without_a_word_on_how_owners_were_picked_is_named(trained):
    prepared = trained[1].prepared
    assert codes(prepared, replace(prepared.table, quasi_random=np.zeros(len(prepared.table), bool))) == {"hand_picked"}
