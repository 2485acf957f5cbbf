"""Making a plan from a workspace: the book in force, everyone in the directory, and what everyone holds now."""
from datetime import UTC, date, datetime

from serving.offboarding.open_items import read_open_items
from serving.offboarding.plan import LeavePlan, make_plan
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace


def plan_for(workspace: Workspace, owner_id: str, last_day: date) -> LeavePlan:
    """The plan for an owner who leaves after a day; nothing is changed."""
    now = datetime.now(UTC)
    in_force = Live(workspace).in_force_at(now)
    with workspace.store.reading() as connection:
        held = read_open_items(connection, in_force.directory, now)
    return make_plan(owner_id, last_day, book=in_force.book, directory=in_force.directory, held=held)
