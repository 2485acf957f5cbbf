"""Holiday calendars with gaps: a country without its regions, or without the days that most there have off by custom."""
from datetime import datetime

from rules.book.cell_types import SourcePosition
from rules.book.findings import Findings
from rules.model import Directory, Owner
from rules.refdata.holiday_calendars import gaps_of


def check_calendars(directory: Directory, at: datetime, findings: Findings) -> None:
    """Warn once of each calendar that lacks usual days off of this year and the next, unless they are closing days."""
    by_code: dict[str, list[Owner]] = {}
    for owner in directory.owners.values():
        if owner.holidays:
            by_code.setdefault(owner.holidays, []).append(owner)
    for code, owners in sorted(by_code.items()):
        for gap in gaps_of(code, (at.year, at.year + 1)):
            to_come = [day for day in gap.days if day >= at.date()]
            if not all(owner.closed.issuperset(to_come) for owner in owners):
                findings.add(
                    "holiday_gap", f"the holiday calendar `{code}` leaves out days that many there have off, such as {gap.name}: "
                    f"{', '.join(map(str, gap.days[:3]))}", SourcePosition(file="owners.csv", line=1), given=code,
                    expected=f"a calendar such as `{gap.better}`, the days in closing_days.csv, or `{code}+public`")
