"""The dataset card: what a log of assignments holds, what is known when, what is wrong with it; one value to keep and print."""
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import numpy as np

from features.plan import Objective
from rules.exports.selection_bias import ALL_SUCCEED
from serving.admission.assignment_log import AssignmentLog, Observed, assignment_log
from serving.admission.columns import ColumnCard, columns_left_out, judged_columns
from serving.admission.dates import judged_dates
from serving.admission.marks import LogWarning, passed
from serving.admission.owners import judged_owners, owners_set_aside

#: Assignments that chance spread, below which nothing in the log rules the choice of easy items out.
QUASI_RANDOM_SHARE = 0.02
#: Labels below which a log that knows one outcome only may be a young one.
ENOUGH = 20
#: Shares of labels due of which nobody recorded an outcome, from which on what is left may be a selection.
UNRECORDED = 0.01


@dataclass(frozen=True, kw_only=True)
class DatasetCard:
    """What one objective is learnt from; counts of assignments, moments in UTC, shares from 0 to 1.

    `settled` have a label, `unrecorded` were due without anybody having recorded an outcome; the rest is open, young or was
    given away. `quasi_random`: the share of labels whose owner was not picked by hand.
    """

    objective: str
    assignments: int
    settled: int
    successes: int
    unrecorded: int
    owners: int
    first: datetime | None
    last: datetime | None
    quasi_random: float | None
    columns: tuple[ColumnCard, ...]
    findings: tuple[LogWarning, ...]

    @property
    def left_out(self) -> tuple[str, ...]:
        """Columns that are not learnt from."""
        return tuple(columns_left_out(self.findings))

    @property
    def set_aside(self) -> tuple[str, ...]:
        """Owners whose labels are not learnt from."""
        return owners_set_aside(self.findings)

    def with_findings(self, more: Iterable[LogWarning | None], because: str | None = None) -> "DatasetCard":
        """The card with what was found later, such as searches that ended at a bound."""
        return replace(self, findings=passed((*self.findings, *(one for one in more if one is not None)), because))

    def as_json(self) -> dict[str, object]:
        """The card as data."""
        return {"objective": self.objective, "assignments": self.assignments, "settled": self.settled,
                "successes": self.successes, "unrecorded": self.unrecorded, "owners": self.owners, "first": _told(self.first),
                "last": _told(self.last), "quasi_random": self.quasi_random,
                "left_out": list(self.left_out), "set_aside": list(self.set_aside),
                "columns": [asdict(column) for column in self.columns], "findings": [one.as_json() for one in self.findings]}

    def as_markdown(self) -> str:
        """The card as a page."""
        share = f"{self.successes / self.settled:.1%}" if self.settled else "none"
        lines = [f"# Dataset card: {self.objective}", "", *_table(("what", "how many"), [
            ("assignments", f"{self.assignments:,}"), ("with a label", f"{self.settled:,}"),
            ("successes", f"{self.successes:,} ({share})"),
            ("due, but nobody recorded an outcome (no label)", f"{self.unrecorded:,}"), ("owners", f"{self.owners:,}"),
            ("assigned from", _told(self.first) or ""), ("to", _told(self.last) or ""),
            ("labels whose owner came by rotation or exploration", _share(self.quasi_random))])]
        lines += ["", "## What was found", ""]
        lines += _table(("verdict", "code", "what", "because"), [
            (one.verdict, one.code, one.message, one.because or "") for one in self.findings]) if self.findings else ["Nothing."]
        lines += ["", "## Columns", "", "AUC of each column alone, with its 95 % interval; missing by outcome, and by owner "
                  "(tenth to ninetieth hundredth).", ""]
        lines += _table(("column", "known", "AUC", "missing", "on successes", "on failures", "by owner"), [
            (one.name, one.known, "" if one.auc is None else f"{one.auc:.3f} ({one.auc_low:.3f} to {one.auc_high:.3f})",
             _share(one.missing), _share(one.missing_on_success), _share(one.missing_on_failure),
             "" if one.by_owner is None else f"{one.by_owner[0]:.1%} to {one.by_owner[1]:.1%}") for one in self.columns])
        return "\n".join(lines) + "\n"


def _told(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    told = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *told)]


def dataset_card(rows: Iterable[Observed], objective: Objective, until: datetime, *, because: str | None = None,
                 ends: str = "log") -> DatasetCard:
    """The card of assignments as of a moment; `because` passes marks, and `ends` is what a reader calls the whole."""
    log = assignment_log(rows, objective)
    columns, told = judged_columns(log)
    found = (*_outcomes(log, objective), *judged_owners(log), *told,
             *judged_dates(log, objective, until.timestamp() / 86400.0, ends=ends), *_by_hand(log))
    return DatasetCard(
        objective=objective.kind, assignments=len(log), settled=int(log.due.sum()), successes=int(log.y[log.due].sum()),
        unrecorded=int(log.unrecorded.sum()), owners=len(log.owners), first=_moment(log.day[:1]), last=_moment(log.day[-1:]),
        quasi_random=float(log.quasi_random[log.due].mean()) if log.due.any() else None, columns=columns,
        findings=passed(found, because))


def _moment(days: np.ndarray) -> datetime | None:
    return datetime.fromtimestamp(round(float(days[0]) * 86400), UTC) if len(days) else None


def _outcomes(log: AssignmentLog, objective: Objective) -> list[LogWarning]:
    """Outcomes that nobody recorded, and labels that are all of one sort."""
    settled, unrecorded = log.due if log.due.sum() >= ENOUGH else log.settled, int(log.unrecorded.sum())
    labels, rate = int(settled.sum()), float(log.y[settled].mean()) if settled.any() else 0.0
    found = []
    judged = labels if objective.learn == "outcome" else 0
    if judged >= ENOUGH and rate in (0.0, 1.0):
        words = "successes" if rate else "failures"
        more = f", and {unrecorded:,} ended without a word of their outcome" if unrecorded else ""
        how = (f"`positive` of objectives.{objective.kind} names {', '.join(map(repr, objective.positive)) or 'nothing'}; "
               if not rate else "")
        found.append(LogWarning(code="only_successes" if rate else "only_failures", unlearnable=True, figure=rate, message=(
            f"all {labels:,} labels are {words}{more}: nothing can be learnt from one outcome alone; {how}export what came of "
            "the others too, with a word for it")))
    elif judged >= 10 * ENOUGH and rate >= ALL_SUCCEED:
        found.append(LogWarning(code="only_successes", figure=rate, message=f"{rate:.1%} of {labels:,} labels are "
                                "successes: failures seem not to be recorded"))
    due = labels + unrecorded
    if unrecorded > UNRECORDED * due:
        found.append(LogWarning(code="outcomes_not_recorded", figure=unrecorded / due, message=(
            f"of {due:,} assignments that are due {unrecorded:,} ({unrecorded / due:.1%}) ended without a word of their outcome: "
            "they have no label, and count neither as successes nor as failures")))
    return found


def _by_hand(log: AssignmentLog) -> list[LogWarning]:
    share = float(log.quasi_random[log.due].mean()) if log.due.any() else 1.0
    if share >= QUASI_RANDOM_SHARE:
        return []
    words = f"{share:.1%} of assignments were rotated or explored" if log.told_how else "no assignment says how it came about"
    return [LogWarning(code="hand_picked", figure=share, message=f"{words}; owner effects may partly be the choice of easy "
                       "items, which no figure computed from this log can rule out")]
