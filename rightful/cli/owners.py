"""`rightful owners leave`: what happens to the items and the rules of somebody who leaves, shown first, then applied."""
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from rightful.cli.options import ActorOption, JsonOption, WorkspaceOption, day_of
from rightful.cli.rulebooks import _actor
from rightful.cli.tables import tell
from rightful.cli.workspace import opened_workspace

owners = typer.Typer(no_args_is_help=True, help="What happens to an owner's items and rules.")


@owners.callback()
def _group() -> None:
    """What happens to an owner's items and rules."""


@owners.command("leave", epilog="Examples: `rightful owners leave ann --on 2026-12-31`, "
                                "`rightful owners leave ann --on 2026-12-31 --apply --plan 3f2a...`")
def leave_command(
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="the owner_id of who leaves")],
    on: Annotated[date, typer.Option(metavar="DATE", parser=day_of, help="the last day, such as 2026-12-31")],
    apply: Annotated[bool, typer.Option("--apply", help="hand the items over and end the owner's dates")] = False,
    plan: Annotated[str | None, typer.Option(metavar="DIGEST", help="apply the plan shown under this digest, or nothing")] = None,
    actor: ActorOption = None, workspace: WorkspaceOption = Path("."), as_json: JsonOption = False,
) -> None:
    """Who takes which open item when somebody leaves, and what the rule book says of them. Changes nothing without --apply.

    Takers are those whom the rules allow on the first working day after DATE, within their ceilings; as few items as
    possible are left over, accounts keep a face they know, items their team, and value is spread. `--plan` applies exactly
    what was shown, and is refused when items, owners or rules have changed since.
    """
    from rightful.cli.show_offboarding import show_plan
    from serving.offboarding.apply import apply_plan, keep_plan, kept_plan, plan_for

    if plan is not None and not apply:
        raise typer.BadParameter("`--plan` names what `--apply` is to apply; give both", param_hint="--plan")
    with opened_workspace(workspace) as opened:
        made = plan_for(opened, owner, on) if plan is None else kept_plan(opened, plan)
        if plan is None:
            keep_plan(opened, made)
        elif (made.owner_id, made.last_day) != (owner, on):
            raise typer.BadParameter(f"that plan is for `{made.owner_id}` on {made.last_day}", param_hint="--plan")
        if apply:
            apply_plan(opened, made, actor=_actor(actor))
    tell({**made.as_json(), "applied": apply}, as_json, lambda: show_plan(made, applied=apply))


@owners.command("restore", epilog="Examples: `rightful owners restore`, `rightful owners restore 3f2a91c4`")
def restore_command(
    digest: Annotated[str | None, typer.Argument(metavar="DIGEST", help="the first letters; without: what is kept")] = None,
    actor: ActorOption = None, workspace: WorkspaceOption = Path("."), as_json: JsonOption = False,
) -> None:
    """Bring back owners, memberships, absences and accounts as they were before an import or another change."""
    from rightful.cli.tables import show_table
    from rules.refdata.times import format_instant
    from serving.runtime.directory_changes import DIRECTORY, restore_directory
    from serving.store.snapshots import kept_of

    with opened_workspace(workspace) as opened:
        if digest is not None:
            done = restore_directory(opened, digest, actor=_actor(actor))
            tell({"directory": done.digest}, as_json, lambda: typer.echo(f"the directory {done.digest} is in place"))
            return
        with opened.store.reading() as connection:
            made = [{"kept_at": format_instant(at, "seconds"), "directory": known}
                    for known, at in kept_of(connection, DIRECTORY).items()]
    tell(made, as_json, lambda: show_table("directories that are kept, the newest first", ("first kept at", "digest"),
                                           [tuple(one.values()) for one in made]))
