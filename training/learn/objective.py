"""Which objective is meant, and whether it can be learnt as it is set."""
from collections.abc import Mapping

from features.plan import Objective
from rules.errors import Refused, nearest_name


def pick_objective(objectives: Mapping[str, Objective], wanted: str | None) -> Objective:
    """The objective named, or the only one; Refused where none or more than one could be meant."""
    if not objectives:
        raise Refused("rightful.toml names no objective, expected a section such as `[objectives.lead]` with "
                      '`positive = ["converted"]`; add one per kind of item that is to be ranked')
    if wanted is None and len(objectives) == 1:
        return next(iter(objectives.values()))
    names = ", ".join(f"`{name}`" for name in objectives)
    if wanted is None:
        raise Refused(f"rightful.toml has {len(objectives)} objectives, {names}; name one with --objective")
    if wanted not in objectives:
        near = nearest_name(wanted, objectives)
        raise Refused(f"given the objective `{wanted}`, expected one of {names}"
                      + (f"; did you mean `{near}`?" if near else ""))
    return objectives[wanted]


def require_objective(objectives: Mapping[str, Objective], wanted: str | None) -> Objective:
    """The objective, set to learn from outcomes that are named, from times with a promise, or who owned such items."""
    goal = pick_objective(objectives, wanted)
    if goal.done_by is not None and goal.horizon is None:
        raise Refused(f"objective `{goal.kind}` learns `{goal.learn}` with `horizon = \"closed\"`, expected a duration such as "
                      f"`\"8h\"` under [objectives.{goal.kind}] in rightful.toml: the promise that items keep or not, best near "
                      "what half of them take")
    if goal.learn == "outcome" and not goal.positive:
        raise Refused(f"objective `{goal.kind}` names no outcome that counts as success, expected some such as "
                      f'`positive = ["converted"]` under [objectives.{goal.kind}] in rightful.toml')
    return goal
