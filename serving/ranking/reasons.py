"""Reason codes: the one list of why a person rejects or overrides a decision, each with the words that stand for it."""
from collections.abc import Mapping
from enum import StrEnum

from rules.errors import InputError, Problem, nearest_name

REJECT: Mapping[str, str] = {
    "wrong_territory": "it belongs to another territory",
    "wrong_segment": "it belongs to another segment: size, industry or product",
    "wrong_account": "it was matched to the wrong account",
    "wrong_kind": "it is something else, such as a case that came as a lead",
    "no_capacity": "there is no time for it",
    "conflict_of_interest": "there is a conflict of interest",
    "duplicate": "it is there already",
    "duplicate_account": "somebody has the same company under another account already",
    "not_qualified": "it is not ready to be worked on",
    "other": "another reason, told in the note",
}
OVERRIDE: Mapping[str, str] = {
    "knows_customer": "they know the customer",
    "continuing_owner": "they are already working with the customer",
    "workload": "the workload is to be shared otherwise",
    "language": "they speak the customer's language",
    "escalation": "it was escalated",
    "correction": "the first decision is corrected",
    "misroute": "the rules sent it to the wrong place",
    "duplicate": "they have the same item already",
    "other": "another reason, told in the note",
}
VERDICTS: Mapping[str, str] = {
    "approve": "the decision was looked at and is right",
    "challenge": "the decision was looked at and is doubted",
}


def require_code(code: str | None, known: Mapping[str, str], field: str) -> str:
    """The code; InputError, naming the nearest, unless it is one of those known."""
    if code is None or code not in known:
        raise InputError([Problem(message=f"`{field}` is no code we know", column_name=field, given=code,
                                  expected=f"one of {', '.join(known)}",
                                  nearest=None if code is None else nearest_name(code, known))])
    return code


class Reason(StrEnum):
    """Why the model did not decide."""

    SWITCHED_OFF = "switched_off"
    NO_BUNDLE = "no_bundle"
    NO_OWNER_SIGNAL = "no_owner_signal"
    TINY_SLATE = "tiny_slate"
    STALE_STATE = "stale_state"
    COLD_START = "cold_start"
    OUT_OF_RANGE = "out_of_range"
    MODEL_FAILED = "model_failed"
    FAIRNESS_HOLD = "fairness_hold"
    OVERRIDE = "override"
    HOLDBACK = "holdback"
    TURNS = "turns"
