"""A difference of two rule books told in words and rows, for terminal and page alike."""

from rules.change.comparison import Comparison, RegionTold
from rules.change.decision_list import Outcome
from rules.change.edits import Edit, words
from rules.refdata.times import format_instant
from rules.routing_result import HOW


def summary(found: Comparison) -> list[str]:
    """How much changes, and how sure that is."""
    moving, treated = (sum(len(region.lines) + region.more for region in regions) for regions in (found.moving, found.treated))
    if not (found.regions or found.edits or found.open_rules):
        return ["nothing differs"]
    named = [edit.name for edit in found.edits if edit.part == "named accounts"]
    lines = [f"regions of items that change hands: {moving:,}; that are only treated otherwise: {treated:,}; "
             f"edits: {len(found.edits):,}"]
    if found.open_rules:
        rules = ", ".join(f"{rule} ({side})" for side, rule in found.open_rules)
        lines.append(f"not proved: what these rules win falls into too many pieces: {rules}; `rules simulate` counts real items")
    else:
        lines.append(f"proved for every item that can exist at {format_instant(found.at, 'seconds')}")
    if named:
        rows = "1 row" if len(named) == 1 else f"{len(named):,} rows"
        lines.append(f"{rows} of named accounts changed; whatever items those accounts have follows them")
    return lines


def outcome_words(region: RegionTold, outcome: Outcome) -> str:
    """What becomes of the items: where they go and by which rule; of those that stay, how they are treated."""
    by = f"{outcome.stage}/{outcome.rule}"
    reason = f", {outcome.reason}" if outcome.reason else ""
    if region.changes_hands:
        return f"{words(outcome.target)} ({by}{reason})"
    other = region.after if outcome is region.before else region.before
    how = [f"{name} {words(getattr(outcome, name)) or 'none'}" for name in ("sla", *HOW, "reason", "spread")
           if getattr(outcome, name) != getattr(other, name)]
    return f"{words(outcome.target)}: {', '.join(how) or by} ({by})"


def edit_words(edit: Edit) -> str:
    """What a thing that was added says, or one that was removed said."""
    return "; ".join(f"{field} {before or after}" for field, before, after in edit.fields)
