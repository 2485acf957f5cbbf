"""A rule book's life on the terminal: what became of it, every version, and the steps of one."""
from collections.abc import Sequence
from datetime import datetime

import typer

from rightful.cli.tables import show_table
from rules.refdata.times import format_instant
from serving.rulebooks.lifecycle import Published, short
from serving.store.rulebook_log import KeptBook

_SAID = {"active": "is in force now", "scheduled": "comes into force at {at}", "draft": "is kept as a draft; nothing changed "
         "in force", "unchanged": "is {state}"}


def show_published(published: Published) -> None:
    """What became of a book, the conditions, and what comes later."""
    version = published.version
    if published.examined is not None and published.examined.report.findings:
        show_table("Findings", ("severity", "kind", "place", "what"), [
            (found.severity, found.kind, found.where, found.sentence)
            for found in published.examined.report.findings])
    for name in published.examined.failing if published.examined else ():
        typer.echo(f"test fails: {name}")
    said = _SAID[published.came].format(at=_when(version.effective_at), state=version.state)
    typer.echo(f"rule book {short(version.digest)}{f' ({version.label})' if version.label else ''} {said}")
    typer.echo("conditions: " + ", ".join(f"{name.replace('_', ' ')} {met}" for name, met in published.conditions.items()))
    for step in published.waiting:
        typer.echo(f"note: {short(step.digest)} is scheduled and takes its place at {_when(step.effective_at)}; "
                   f"`rightful rules withdraw {short(step.digest)}` keeps it from that")


def show_versions(versions: Sequence[KeptBook]) -> None:
    """One row per book, the one touched last first."""
    if not versions:
        typer.echo("the store keeps no rule book yet; `rightful rules activate` brings the workspace's file into force")
        return
    show_table("Rule books", ("digest", "version", "state", "rules", "in force from", "drafted by", "approved by", "made from"), [
        (short(version.digest), version.label, version.state, "" if version.rules is None else str(version.rules),
         _when(version.effective_at), version.proposed_by or "", version.approved_by or "",
         short(version.based_on) if version.based_on else "") for version in versions])


def show_life(version: KeptBook) -> None:
    """Everything done with one book, oldest first."""
    show_table(f"Rule book {short(version.digest)} is {version.state}", ("at", "step", "by", "how", "evidence", "more"), [
        (_when(step.at), step.step, step.actor, step.source, short(step.evidence) if step.evidence else "",
         ", ".join(f"{name} {_shown(value)}" for name, value in step.detail.items())) for step in version.steps])


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {inner}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _when(at: datetime | None) -> str:
    return "" if at is None else format_instant(at, "seconds")
