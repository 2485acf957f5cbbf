"""What serving's commands show to people: import reports, decisions, replays, settings, and rows as CSV."""
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import typer

from rightful.cli.tables import show_table, write_page
from rules.directory.update import DirectoryUpdate
from rules.spreadsheet import csv_text
from serving.admission.card import DatasetCard
from serving.decision.next_steps import next_steps
from serving.decision.parts import DecisionDocument
from serving.imports.report import ImportReport
from serving.presentation.amounts import amount
from serving.runtime.batch import COLUMNS, Row
from serving.runtime.replay import Replayed

_MOST_PROBLEMS, _MOST_CHANGES = 20, 50


def rows_as_csv(rows: Iterable[Row], *, raw: bool = False) -> str:
    """Rows under the contract's header, safe to open in a spreadsheet unless `raw`; empty = null."""
    return csv_text(COLUMNS, ([row[name] for name in COLUMNS] for row in rows), raw=raw)


def counted(rows: Sequence[Row]) -> tuple[str, int]:
    """How many rows were read and what became of them, and how many were not decided."""
    refused = sum(1 for row in rows if row["decision_id"] is None)
    return f"read {len(rows):,} rows: {len(rows) - refused:,} decided, {refused:,} refused and told by their message", refused


def write_rows(content: str, out: Path | None) -> None:
    """To a file at once, or to standard output."""
    if out is None:
        typer.echo(content, nl=False)
    else:
        write_page(out, content)


def show_import(report: ImportReport, *, dry_run: bool) -> None:
    """What the file holds: rows, unused columns, unreadable rows, what is missing, what no rule reaches."""
    typer.echo(f"{report.file}: {report.rows:,} rows of {report.what}")
    if report.found:
        show_table("in the log", ("what", "how many"), [(words, f"{count:,}") for words, count in report.found.items()])
    if report.repairs:
        show_table("repaired or left out", ("code", "how often", "what"),
                   [(one.code, f"{one.count:,}", one.message) for one in report.repairs])
    typer.echo(f"columns not used: {', '.join(report.unmapped) or 'none'}")
    if report.undeclared:
        typer.echo(f"made by the mapping, but no attribute of the rule book: {', '.join(report.undeclared)}")
    lines = report.bad_lines
    shown = ", ".join(map(str, lines[:_MOST_PROBLEMS])) + (f" and {len(lines) - _MOST_PROBLEMS} more"
                                                          if len(lines) > _MOST_PROBLEMS else "")
    typer.echo(f"rows that cannot be read: {len(lines):,}{f' (lines {shown})' if lines else ''}")
    for problem in report.problems[:_MOST_PROBLEMS]:
        typer.echo(f"  {problem}")
    if len(report.problems) > _MOST_PROBLEMS:
        show_table("why rows cannot be read", ("reason", "how often"),
                   [(words, f"{count:,}") for words, count in report.problems_by_reason.items()])
    if report.fates:
        typer.echo(f"of {report.rows:,} rows: " + ", ".join(f"{count:,} {words}" for words, count in report.fates.items()))
    if report.missing_share:
        show_table("missing, by attribute", ("attribute", "share missing"),
                   [(name, f"{share:.1%}") for name, share in report.missing_share.items()])
    if report.what in ("history", "items"):
        unreached = ", ".join(f"{count:,} {reason}" for reason, count in report.unreached.items())
        typer.echo(f"items that only the last stage takes: {unreached or 'none'}"
                   + (f" (such as {', '.join(report.unreached_examples)})" if report.unreached else ""))
    if report.update is not None:
        show_update(report, report.update)
    for one in report.over_capacity[:_MOST_PROBLEMS]:
        typer.echo(f"over capacity: {one.owner_id} has {one.open_items:,} open items of at most {one.max_open:,}")
    if len(report.over_capacity) > _MOST_PROBLEMS:
        typer.echo(f"and {len(report.over_capacity) - _MOST_PROBLEMS:,} more owners over capacity")
    for warning in report.warnings:
        typer.echo(f"warning {warning.code}: {warning.message}")
    if dry_run:
        for card in report.cards:
            show_card(card)
        typer.echo("dry run: nothing was changed")
    else:
        before = f", {report.known_before:,} known before" if report.known_before else ""
        typer.echo(f"kept {report.kept:,} {'events' if report.what == 'history' else 'rows'}{before}")


def show_card(card: DatasetCard) -> None:
    """What one kind of item would be learnt from: counts and columns; what was found stands among the warnings."""
    show_table(f"dataset card of {card.objective}: {card.settled:,} of {card.assignments:,} assignments have a label, "
               f"{card.successes:,} successes, {card.unrecorded:,} whose outcome nobody recorded; AUC of each column alone",
               ("column", "known", "AUC", "missing", "on successes", "on failures"),
               [(one.name, one.known, "" if one.auc is None else f"{one.auc:.3f} ({one.auc_low:.3f} to {one.auc_high:.3f})",
                 f"{one.missing:.1%}", "" if one.missing_on_success is None else f"{one.missing_on_success:.1%}",
                 "" if one.missing_on_failure is None else f"{one.missing_on_failure:.1%}") for one in card.columns])


def show_update(report: ImportReport, update: DirectoryUpdate) -> None:
    """What becomes of people or accounts, cell by cell, and what that does to the open items."""
    for words, ids in (("added", update.added), ("ended", update.ended)):
        typer.echo(f"{words}: {len(ids):,}{f' ({_some(ids)})' if ids else ''}")
    typer.echo(f"changed: {len({one.row_id for one in update.changed}):,}, not in the file and kept: {update.stay:,}")
    for one in update.changed[:_MOST_CHANGES]:
        typer.echo(f"  {one.row_id}: {one.column} {one.before or '(empty)'} -> {one.after or '(empty)'}")
    if len(update.changed) > _MOST_CHANGES:
        typer.echo(f"  and {len(update.changed) - _MOST_CHANGES:,} more cells")
    for words, pairs in (("joined", update.joined), ("left", update.left)):
        if pairs:
            typer.echo(f"memberships {words}: {len(pairs):,} ({_some([f'{owner} {team}' for owner, team in pairs])})")
    if (done := report.effects) is not None:
        typer.echo(f"of {done.open_items:,} open items {done.lose:,} lose and {done.gain:,} gain owners who may have them; "
                   f"left with nobody: {len(done.nobody):,}{f' ({_some(done.nobody)})' if done.nobody else ''}")
    if report.files_before and report.kept:
        typer.echo(f"the files before are kept: `rightful owners restore {report.files_before[:12]}` brings them back")


def _some(words: Sequence[str]) -> str:
    """The first few of many."""
    more = len(words) - _MOST_PROBLEMS
    return ", ".join(words[:_MOST_PROBLEMS]) + (f" and {more:,} more" if more > 0 else "")


def show_settings(settings: Sequence[Mapping[str, str]]) -> None:
    """Every setting as a table."""
    show_table("settings of rightful.toml; every key is optional", ("setting", "default", "meaning"),
               [(row["name"], row["default"], row["meaning"]) for row in settings])


def show_decision(document: DecisionDocument) -> None:
    """One decision for a person to read."""
    route, funnel, explanation = document.route, document.eligibility, document.explanation
    lines = [f"decision   {document.decision_id}  {document.decided_at}  {document.mode}",
             f"item       {document.item['kind']} {document.item['item_id']}",
             f"outcome    {document.outcome}" + (f": {document.owner_id}" if document.owner else ""),
             f"decided by {document.decided_by}" + (f" (why not the model: {document.why_not_model})"
                                                       if document.why_not_model else ""),
             f"route      {route.stage} / {route.rule} -> {route.team or document.owner_id or 'nobody'}"
             + (f" ({route.reason})" if route.reason else "") + (f", via {route.via}" if route.via else ""),
             f"funnel     {funnel.considered} considered, {funnel.eligible} eligible, {funnel.outside_team} outside"]
    lines += [f"  {out.rule}: {out.reason}: {', '.join(out.owners)}" for out in funnel.excluded]
    lines += [f"because    {sentence}" for sentence in document.sentences]
    lines += [f"next       {step}" for step in next_steps(document)]
    lines += [f"warning    {warning}" for warning in document.warnings]
    lines += [f"versions   {', '.join(f'{name} {value}' for name, value in document.versions.as_json().items())}"]
    typer.echo("\n".join(lines))
    ranked = [(candidate.rank, candidate.owner_id, amount(candidate.score),
               f"{candidate.probability:.4f}" if candidate.probability is not None else "",
               f"{candidate.propensity:.4f}") for candidate in document.candidates if candidate.score is not None]
    if ranked:
        show_table("candidates", ("rank", "owner", "score", "probability", "propensity"), ranked)
    if explanation is not None and explanation.terms and explanation.difference is not None:
        show_table(f"{explanation.chosen} against {explanation.versus}: {amount(explanation.difference, sign='+')}",
                   ("what", "effect"), [(term.label, amount(term.effect, sign="+")) for term in explanation.terms])
    show_table(f"fairness checks: {document.fairness.verdict}", ("id", "check", "verdict", "value", "limit"),
               [[getattr(check, name) for name in ("id", "name", "verdict", "value", "limit")]
                for check in document.fairness.checks])


def show_replays(found: Sequence[Replayed], *, refold: bool) -> None:
    """How many decisions came out the same, and where the others differ."""
    differing = [replayed for replayed in found if not replayed.identical]
    same = len(found) - len(differing)
    share = f" ({same / len(found):.1%})" if found else ""
    typer.echo(f"{same:,} of {len(found):,} decisions identical{share}, "
               + ("inputs rebuilt from the events" if refold else "from the logged inputs"))
    for replayed in differing[:_MOST_PROBLEMS]:
        typer.echo(f"  {replayed.decision_id}: {replayed.error or 'differs in ' + ', '.join(replayed.differs)}")
    if len(differing) > _MOST_PROBLEMS:
        typer.echo(f"  and {len(differing) - _MOST_PROBLEMS:,} more")
