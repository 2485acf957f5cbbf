"""A plan for somebody who leaves, on the terminal."""
from collections import Counter

import typer

from rightful.cli.tables import show_table
from serving.offboarding.plan import LeavePlan


def show_plan(plan: LeavePlan, *, applied: bool) -> None:
    """Who takes what, what is left over, what the book says, and how to go on."""
    taken = [(move, move.to) for move in plan.moves if move.to is not None]
    if taken:
        show_table("Handed over", ("item", "kind", "account", "value", "from team", "to", "to team", "why"), [
            (move.item_id, move.kind, move.account or "", "" if move.value is None else f"{move.value:,.0f}", move.team or "",
             to, move.to_team or "", move.reason) for move, to in taken])
        show_table("Takers", ("owner", "items", "value"), [
            (owner_id, str(count), f"{sum(move.value or 0.0 for move, to in taken if to == owner_id):,.0f}")
            for owner_id, count in Counter(to for _, to in taken).most_common()])
    if len(taken) < len(plan.moves):
        show_table("Left over", ("item", "kind", "account", "why"), [
            (move.item_id, move.kind, move.account or "", move.reason) for move in plan.moves if move.to is None])
    if plan.notes:
        show_table("What the book and the directory say", ("kind", "place", "what"), [
            (note.kind, ":".join(str(part) for part in (note.file, note.line) if part is not None), note.message)
            for note in plan.notes])
    typer.echo(f"{plan.owner_id} leaves after {plan.last_day}: {len(taken)} of {len(plan.moves)} open items handed over, "
               f"{len(plan.notes)} notes; {'no plan disrupts less' if plan.proved else 'a better plan may exist'}")
    typer.echo("applied" if applied else f"nothing was changed; apply it with --apply --plan {plan.digest}")
