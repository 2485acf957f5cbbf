"""Teams, how their work is spread, service levels and availability: where items may go, how soon, and who counts as free."""
from collections.abc import Collection, Mapping

from rules.book.findings import Findings
from rules.book.keys import ClosedWords, Keys
from rules.book.schema import Availability, Escalation, LifecycleRule, Shares, SlaPolicy, Spread, Team
from rules.book.symbols import SymbolTable
from rules.book.typed_nodes import as_choice, as_duration, as_list, as_map, as_number, as_text
from rules.book.yaml_nodes import MapNode, Node

CHOOSE_MEANS = ("Who gets an item that several may have. `model` (where nothing is said): whom the model ranks first, turns "
                "where it must not rank. `turns`: whose turn it is by `balance`; the model only settles who comes first of "
                "those whose turn is equally near. `shares`: as `model`, within `shares`.")
SHARES_MEANS = "At least and at most how much each may have of the items that they and others could have been given."
CHOICES = ClosedWords(where="choose of a team or a rule", words=("turns", "model", "shares"))
SHARES = Keys(
    title="Shares", where="`shares` of a team or a rule",
    known={
        "min": "At least this much, such as `0.1`, rounded down to whole items: whoever would fall below gets the next one.",
        "max": "At most this much, such as `0.4`, rounded up to whole items: whoever has it is passed over. Where `balance` is "
               "`weighted` both go down with the owner's weight, against the largest of those eligible.",
        "per": "Counted anew every `day` or every `week` (where nothing is said): midnight in UTC, weeks begin on Monday.",
        "ramp": "For somebody new, or back from a leave of at least that long, both grow from nothing over this time, such as "
                "`P14D`.",
    })
PER = ClosedWords(where="per of shares", words=("day", "week"))
TEAM = Keys(
    title="A team", where="`teams`", required=("kind",),
    known={
        "kind": "What it is: people (`team`), people who take turns (`pool`), places (`branches`), a `partner`'s people, or a "
                "`queue`.",
        "name": "What people call it; `says` may use the name.",
        "balance": "How turns and shares are measured out: by the owners' weights, or equally.",
        "choose": CHOOSE_MEANS,
        "shares": SHARES_MEANS,
        "automation": "What a queue starts by itself, such as a reminder; it stands in the decision's `next`.",
    })
TEAM_KINDS = ClosedWords(where="kind of a team", words=("team", "pool", "branches", "partner", "queue"))
BALANCES = ClosedWords(where="balance of a team", words=("weighted", "equal"))
SLA = Keys(
    title="A service level", where="`slas`", required=("respond_within",),
    known={
        "respond_within": "How soon a first answer is due, such as `PT4H`.",
        "clock": "`business`: time at work counts. `elapsed`: all time does.",
        "escalate": "What happens when nobody answered.",
    })
CLOCKS = ClosedWords(where="clock of a service level", words=("business", "elapsed"))
ESCALATION = Keys(
    title="An escalation", where="`escalate` of a service level", required=("after", "do"),
    known={
        "after": "How long after the assignment.",
        "do": "What is done then.",
    })
ESCALATIONS = ClosedWords(where="do of an escalation", words=("notify_manager", "reoffer", "queue"))
AVAILABILITY = Keys(
    title="Availability", where="`availability`",
    known={
        "working_hours": "`require`: only owners at work. `prefer`: the others only where nobody is. `ignore`: not asked.",
        "absence": "The same for who is away.",
        "capacity": "The same for who carries as much as they may.",
        "none_free": "What happens when nobody is left.",
        "weights": "How much an item of each kind weighs against `max_load` in owners.csv; 1 where nothing is said.",
    })
BINDINGS = ClosedWords(where="working_hours, absence, capacity", words=("require", "prefer", "ignore"))
NONE_FREE = Keys(
    title="When nobody is free", where="`none_free` of `availability`", required=("then",),
    known={
        "wait": "How long the item waits in its team, such as `PT10M`.",
        "then": "`queue`: it stays in its team without an owner. Or the id of a queue.",
    })


def read_teams(node: Node, findings: Findings) -> dict[str, Team]:
    """Every destination by id."""
    fields = as_map(node, "teams", findings)
    teams: dict[str, Team] = {}
    if fields is None:
        return teams
    for team_id, value in fields.fields.items():
        spec = as_map(value, f"team `{team_id}`", findings, known=TEAM)
        if spec is None:
            continue
        own = spec.fields
        kind = as_choice(own.get("kind"), f"the kind of team `{team_id}`", TEAM_KINDS, findings)
        if kind is None:
            kind = "team"                                     # reported; read on, so that its id is known
        if "automation" in own and kind != "queue":
            findings.add("wrong_type", f"team `{team_id}` is a {kind}; only a queue has an automation", spec.keys["automation"],
                         given="automation", expected="kind: queue")
        spread = read_spread(own, f"team `{team_id}`", findings)
        if spread is not None and kind == "queue":
            findings.add("wrong_type", f"nobody is chosen in queue `{team_id}`", spread.place, given="queue",
                         expected="a team of people, or neither `choose` nor `shares`")
        teams[team_id] = Team(
            id=team_id, kind=kind,
            name=as_text(own.get("name"), f"the name of team `{team_id}`", findings) or "",
            balance=as_choice(own.get("balance"), f"the balance of team `{team_id}`", BALANCES, findings) or "weighted",
            automation=as_text(own.get("automation"), f"the automation of team `{team_id}`", findings),
            spread=spread, place=fields.keys[team_id],
        )
    return teams


def read_spread(own: Mapping[str, Node], what: str, findings: Findings) -> Spread | None:
    """What `choose` and `shares` of a team or a rule say, None where neither stands there."""
    choose, shares = own.get("choose"), own.get("shares")
    said = as_choice(choose, f"`choose` of {what}", CHOICES, findings)
    within = _read_shares(shares, what, findings)
    stands = choose or shares
    if stands is None:
        return None
    place = stands.place
    if shares is not None and said in ("turns", "model"):
        findings.add("wrong_type", f"{what} has shares and chooses by `{said}`", shares.place, given=said,
                     expected="`choose: shares`, or no `shares`")
    if shares is None and said == "shares" and choose is not None:
        findings.add("wrong_type", f"{what} chooses by shares and says none", choose.place, given="shares",
                     expected="`shares: {max: 0.4, per: week}` beside it")
    if within is not None:
        return Spread(choose="shares", shares=within, place=place)
    return Spread(choose="turns" if said == "turns" else "model", place=place)


def _read_shares(node: Node | None, what: str, findings: Findings) -> Shares | None:
    fields = as_map(node, f"`shares` of {what}", findings, known=SHARES)
    if fields is None:
        return None
    own = fields.fields
    least, most = (_share(own.get(key), f"`{key}` of the shares of {what}", findings) for key in ("min", "max"))
    per = as_choice(own.get("per"), f"`per` of the shares of {what}", PER, findings)
    if least is None and most is None and not {"min", "max"} & own.keys():
        findings.add("wrong_type", f"the shares of {what} bind nothing", fields.place, given=", ".join(own) or "{}",
                     expected="`min`, `max` or both")
    if least is not None and most is not None and least > most:
        findings.add("infeasible_shares", f"{what} gives each at least {least:g} and at most {most:g}", fields.place,
                     given=f"min {least:g}, max {most:g}", expected="a `min` not above `max`")
        return None
    return Shares(least=least or 0.0, most=1.0 if most is None else most, per="day" if per == "day" else "week",
                  ramp=as_duration(own.get("ramp"), f"`ramp` of the shares of {what}", findings))


def _share(node: Node | None, what: str, findings: Findings) -> float | None:
    share = as_number(node, what, findings)
    if share is None or node is None or share <= 1.0:
        return share
    findings.add("wrong_type", f"{what} is no part of the whole", node.place, given=f"{share:g}",
                 expected="a number from 0 to 1, such as 0.4")
    return None


def team_id(node: Node | None, what: str, teams: Mapping[str, Team], findings: Findings) -> str | None:
    """The id of a declared team; a person is told apart from a slip of the pen."""
    name = as_text(node, what, findings, "a team")
    if node is None or name is None or name in teams:
        return name
    if "@" in name:
        findings.add("person_in_rule", f"{what} names the person `{name}`; people reach items through memberships.csv",
                     node.place, given=name, expected="a team, pool, branches, partner or queue")
    else:
        findings.unknown("unknown_team", f"there is no team `{name}`", node.place, given=name, known=teams,
                         expected="a declared team")
    return None


def queue_id(node: Node | None, what: str, teams: Mapping[str, Team], findings: Findings, *,
             expected: str = "a team of kind queue") -> str | None:
    """The id of a declared team; one that is no queue is reported."""
    named = team_id(node, what, teams, findings)
    if node is not None and named is not None and teams[named].kind != "queue":
        findings.add("wrong_type", f"{what} names `{named}`, which is no queue", node.place, given=named, expected=expected)
    return named


def read_slas(node: Node, findings: Findings) -> dict[str, SlaPolicy]:
    """Every service level by id; escalations in the order of time."""
    fields = as_map(node, "slas", findings)
    slas: dict[str, SlaPolicy] = {}
    for sla_id, value in (fields.fields if fields else {}).items():
        what = f"sla `{sla_id}`"
        spec = as_map(value, what, findings, known=SLA)
        if spec is None:
            continue
        within = as_duration(spec.fields.get("respond_within"), f"respond_within of {what}", findings)
        clock = as_choice(spec.fields.get("clock"), f"the clock of {what}", CLOCKS, findings)
        escalate = _read_escalations(spec, what, findings)
        if within is not None:
            slas[sla_id] = SlaPolicy(id=sla_id, respond_within=within, clock="elapsed" if clock == "elapsed" else "business",
                                     escalate=escalate, escalate_place=spec.keys.get("escalate"))
    return slas


def _read_escalations(spec: MapNode, what: str, findings: Findings) -> tuple[Escalation, ...]:
    steps = []
    for item in as_list(spec.fields.get("escalate"), f"escalate of {what}", findings) or ():
        step = as_map(item, f"an escalation of {what}", findings, known=ESCALATION)
        if step is None:
            continue
        after = as_duration(step.fields.get("after"), f"after of {what}", findings)
        do = as_choice(step.fields.get("do"), f"do of {what}", ESCALATIONS, findings)
        if after is not None and do is not None:
            steps.append(Escalation(after=after, do=do))
    return tuple(sorted(steps, key=lambda step: step.after))


def sla_id(node: Node | None, slas: Mapping[str, SlaPolicy], declared: Collection[str], findings: Findings) -> str | None:
    """The id of a declared service level; one declared with a fault is not reported again."""
    name = as_text(node, "sla", findings, "a declared sla")
    if node is not None and name is not None and name not in declared:
        findings.unknown("unknown_value", f"there is no sla `{name}`", node.place, given=name, known=declared,
                         expected="a declared sla")
    return name if name in slas else None


def read_availability(node: Node, teams: Mapping[str, Team], kinds: Collection[str], findings: Findings) -> Availability:
    """How presence and load bind, and what happens when nobody is free."""
    fields = as_map(node, "availability", findings, known=AVAILABILITY)
    if fields is None:
        return Availability()
    standard = Availability()
    binding = {
        key: as_choice(fields.fields.get(key), f"`{key}`", BINDINGS, findings) or getattr(standard, key)
        for key in ("working_hours", "absence", "capacity")
    }
    wait, then = None, standard.then
    none_free = as_map(fields.fields.get("none_free"), "`none_free`", findings, known=NONE_FREE)
    if none_free is not None:
        wait = as_duration(none_free.fields.get("wait"), "`wait`", findings)
        then = _read_then(none_free.fields.get("then"), teams, findings) or standard.then
    return Availability(**binding, wait=wait, then=then, weights=_read_weights(fields, kinds, findings))


def _read_weights(fields: MapNode, kinds: Collection[str], findings: Findings) -> dict[str, float]:
    """What an item of each kind weighs."""
    named = as_map(fields.fields.get("weights"), "`weights`", findings)
    if named is None:
        return {}
    weights = {}
    for kind, node in named.fields.items():
        weight = as_number(node, f"the weight of a {kind}", findings)
        if kind not in kinds:
            findings.unknown("unknown_value", f"there is no kind `{kind}`", named.keys[kind], given=kind, known=kinds,
                             expected="a value of the attribute `kind`")
        elif weight is not None and weight < 0:
            findings.add("wrong_type", f"a {kind} cannot weigh less than nothing", node.place, given=f"{weight:g}",
                         expected="a number of 0 or more")
        elif weight is not None:
            weights[kind] = weight
    return weights


def _read_then(node: Node | None, teams: Mapping[str, Team], findings: Findings) -> str | None:
    """`queue`, which leaves the item unowned in its team, or a queue's id."""
    expected = "`queue` or a queue's id"
    then = as_text(node, "`then`", findings, expected)
    return then if then in (None, "queue") else queue_id(node, "`then`", teams, findings, expected=expected)


LIFECYCLE = Keys(
    title="An expectation of the life cycle", where="`lifecycle`", required=("id", "must"),
    known={
        "id": "A name, once in the book.",
        "when": "Which items.",
        "to": "Items that this team gets.",
        "must": "What they must say: `{lifecycle_stage: [mql, sql]}`.",
    })


def read_lifecycle(node: Node, words: SymbolTable, findings: Findings) -> tuple[LifecycleRule, ...]:
    """Every expectation, in the file's order."""
    found = []
    for item in as_list(node, "lifecycle", findings) or ():
        fields = as_map(item, "an expectation of lifecycle", findings, known=LIFECYCLE)
        if fields is None:
            continue
        own = fields.fields
        expected_id, here = words.named(own.get("id"), "the id of an expectation", findings)
        when, must = (words.cells.read_when(own.get(key), here) for key in ("when", "must"))
        to = team_id(own.get("to"), "`to`", words.teams, here)
        if expected_id is not None:
            found.append(LifecycleRule(id=expected_id, when=when, to=to, must=must, place=fields.place))
    return tuple(found)
