"""Teams, service levels and availability: where items may go, how soon, and who counts as free."""
from collections.abc import Collection, Mapping

from rules.book.findings import Findings
from rules.book.schema import Availability, Escalation, Hold, Intake, LifecycleRule, SlaPolicy, Team
from rules.book.symbols import SymbolTable
from rules.book.typed_nodes import as_choice, as_duration, as_list, as_map, as_number, as_text, as_texts
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode
from rules.errors import nearest_name
from rules.model import STANDARD_ATTRIBUTES

TEAM_KINDS = ("team", "pool", "branches", "partner", "queue")
BALANCES = ("weighted", "equal")
BINDINGS = ("require", "prefer", "ignore")
CLOCKS = ("business", "elapsed")
ESCALATIONS = ("notify_manager", "reoffer", "queue")
AVAILABILITY_KEYS = ("working_hours", "absence", "capacity", "none_free", "weights")


def read_teams(node: Node, findings: Findings) -> dict[str, Team]:
    """Every destination by id."""
    fields = as_map(node, "teams", findings)
    teams: dict[str, Team] = {}
    if fields is None:
        return teams
    for team_id, value in fields.fields.items():
        spec = as_map(value, f"team `{team_id}`", findings, known=("kind", "name", "balance", "automation"), required=("kind",))
        if spec is None:
            continue
        own = spec.fields
        kind = as_choice(own.get("kind"), f"the kind of team `{team_id}`", TEAM_KINDS, findings)
        if kind is None:
            kind = "team"                                     # reported; read on, so that its id is known
        if "automation" in own and kind != "queue":
            findings.add("wrong_type", f"team `{team_id}` is a {kind}; only a queue has an automation", spec.keys["automation"],
                         given="automation", expected="kind: queue")
        teams[team_id] = Team(
            id=team_id, kind=kind,
            name=as_text(own.get("name"), f"the name of team `{team_id}`", findings) or "",
            balance=as_choice(own.get("balance"), f"the balance of team `{team_id}`", BALANCES, findings) or "weighted",
            automation=as_text(own.get("automation"), f"the automation of team `{team_id}`", findings),
            place=fields.keys[team_id],
        )
    return teams


def team_id(node: Node | None, what: str, teams: Mapping[str, Team], findings: Findings) -> str | None:
    """The id of a declared team; a person is told apart from a slip of the pen."""
    name = as_text(node, what, findings, "a team")
    if node is None or name is None or name in teams:
        return name
    if "@" in name:
        findings.add("person_in_rule", f"{what} names the person `{name}`; people reach items through memberships.csv",
                     node.place, given=name, expected="a team, pool, branches, partner or queue")
    else:
        findings.add("unknown_team", f"there is no team `{name}`", node.place, given=name, expected="a declared team",
                     nearest=nearest_name(name, teams))
    return None


def read_slas(node: Node, findings: Findings) -> dict[str, SlaPolicy]:
    """Every service level by id; escalations in the order of time."""
    fields = as_map(node, "slas", findings)
    slas: dict[str, SlaPolicy] = {}
    for sla_id, value in (fields.fields if fields else {}).items():
        what = f"sla `{sla_id}`"
        spec = as_map(value, what, findings, known=("respond_within", "clock", "escalate"), required=("respond_within",))
        if spec is None:
            continue
        within = as_duration(spec.fields.get("respond_within"), f"respond_within of {what}", findings)
        clock = as_choice(spec.fields.get("clock"), f"the clock of {what}", CLOCKS, findings) or "business"
        escalate = _read_escalations(spec, what, findings)
        if within is not None:
            slas[sla_id] = SlaPolicy(id=sla_id, respond_within=within, clock=clock, escalate=escalate)
    return slas


def _read_escalations(spec: MapNode, what: str, findings: Findings) -> tuple[Escalation, ...]:
    if "escalate" not in spec.fields:
        return ()
    steps = []
    for item in as_list(spec.fields["escalate"], f"escalate of {what}", findings) or ():
        step = as_map(item, f"an escalation of {what}", findings, known=("after", "do"), required=("after", "do"))
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
        findings.add("unknown_value", f"there is no sla `{name}`", node.place, given=name, expected="a declared sla",
                     nearest=nearest_name(name, declared))
    return name if name in slas else None


def read_availability(node: Node, teams: Mapping[str, Team], kinds: Collection[str], findings: Findings) -> Availability:
    """How presence and load bind, and what happens when nobody is free."""
    fields = as_map(node, "availability", findings, known=AVAILABILITY_KEYS)
    if fields is None:
        return Availability()
    standard = Availability()
    binding = {
        key: as_choice(fields.fields.get(key), f"`{key}`", BINDINGS, findings) or getattr(standard, key)
        for key in AVAILABILITY_KEYS[:3]
    }
    wait, then = None, standard.then
    none_free = as_map(fields.fields["none_free"], "`none_free`", findings, known=("wait", "then"), required=("then",)) \
        if "none_free" in fields.fields else None
    if none_free is not None:
        wait = as_duration(none_free.fields.get("wait"), "`wait`", findings)
        then = _read_then(none_free.fields.get("then"), teams, findings) or standard.then
    return Availability(**binding, wait=wait, then=then, weights=_read_weights(fields, kinds, findings))


def _read_weights(fields: MapNode, kinds: Collection[str], findings: Findings) -> dict[str, float]:
    """What an item of each kind weighs."""
    named = as_map(fields.fields["weights"], "`weights`", findings) if "weights" in fields.fields else None
    if named is None:
        return {}
    weights = {}
    for kind, node in named.fields.items():
        weight = as_number(node, f"the weight of a {kind}", findings)
        if kind not in kinds:
            findings.add("unknown_value", f"there is no kind `{kind}`", named.keys[kind], given=kind,
                         expected="a value of the attribute `kind`", nearest=nearest_name(kind, kinds))
        elif weight is not None and weight < 0:
            findings.add("wrong_type", f"a {kind} cannot weigh less than nothing", node.place, given=f"{weight:g}",
                         expected="a number of 0 or more")
        elif weight is not None:
            weights[kind] = weight
    return weights


def _read_then(node: Node | None, teams: Mapping[str, Team], findings: Findings) -> str | None:
    """`queue`, which leaves the item unowned in its team, or a queue's id."""
    then = as_text(node, "`then`", findings, "`queue` or a queue's id")
    if node is None or then is None or then == "queue":
        return then
    named = team_id(node, "`then`", teams, findings)
    if named is not None and teams[named].kind != "queue":
        findings.add("wrong_type", f"`then` names `{named}`, which is no queue", node.place, given=named,
                     expected="`queue` or a queue's id")
    return named


KEYS = ("duplicates", "keep_owner", "hold")


DUPLICATE_KEYS = ("within", "by")


HOLD_KEYS = ("needs", "until", "send_to", "when")


#: What makes two items of one kind the same: one e-mail address, or one domain together with one company name.
DUPLICATES_BY = ("email", "company")


#: Who may keep an item: the duplicate's owner, the one whom the request calls current, the one of the account's last item.
KEEPERS = ("duplicate", "current", "account")


def read_intake(node: Node, words: SymbolTable, findings: Findings) -> Intake:
    """The `intake` section; every key of it is optional."""
    fields = as_map(node, "`intake`", findings, known=KEYS)
    if fields is None:
        return Intake()
    own = fields.fields
    within, by = None, tuple[str, ...]()
    duplicates = as_map(own["duplicates"], "`duplicates`", findings, known=DUPLICATE_KEYS, required=("within",)) \
        if "duplicates" in own else None
    if duplicates is not None:
        within = as_duration(duplicates.fields.get("within"), "`within`", findings)
        by = _words(duplicates.fields.get("by"), "`by`", DUPLICATES_BY, findings) or DUPLICATES_BY
    keep_owner = _words(own.get("keep_owner"), "`keep_owner`", KEEPERS, findings)
    if "duplicate" in keep_owner and "duplicates" not in own:
        findings.add("wrong_type", "`keep_owner` names `duplicate`, and the book does not say what one is",
                     fields.keys["keep_owner"], given="duplicate", expected="`duplicates: {within: P30D}` beside it")
    hold = _read_hold(own["hold"], words, findings) if "hold" in own else None
    return Intake(duplicates_within=within, duplicates_by=by, keep_owner=keep_owner, hold=hold)


def _words(node: Node | None, what: str, known: Collection[str], findings: Findings) -> tuple[str, ...]:
    """One word or several of a closed list, each once."""
    if node is None:
        return ()
    items = (node,) if isinstance(node, TextNode) else as_texts(node, what, findings) or ()
    for item in items:
        if item.text.strip() not in known:
            findings.add("unknown_value", f"{what} cannot be `{item.text.strip()}`", item.place, given=item.text.strip(),
                         expected=", ".join(known), nearest=nearest_name(item.text, known))
    return tuple(dict.fromkeys(text for item in items if (text := item.text.strip()) in known))


def _read_hold(node: Node, words: SymbolTable, findings: Findings) -> Hold | None:
    fields = as_map(node, "`hold`", findings, known=HOLD_KEYS, required=("needs", "until"))
    if fields is None or not {"needs", "until"} <= set(fields.fields):
        return None
    needs = _attributes(fields, words, findings)
    until = as_duration(fields.fields["until"], "`until`", findings)
    send_to = team_id(fields.fields.get("send_to"), "`send_to`", words.teams, findings)
    if send_to is not None and words.teams[send_to].kind != "queue":
        findings.add("wrong_type", f"`send_to` names `{send_to}`, which is no queue", fields.fields["send_to"].place,
                     given=send_to, expected="a team of kind queue")
    when = words.cells.read_when(fields.fields.get("when"), findings)
    return Hold(needs=needs, until=until, send_to=send_to, when=when) if needs and until is not None else None


def _attributes(fields: MapNode, words: SymbolTable, findings: Findings) -> tuple[str, ...]:
    """The attributes an item must have: declared ones and those that every book has."""
    node = fields.fields["needs"]
    known = (*words.attributes, *words.faulty, *STANDARD_ATTRIBUTES)
    items = (node,) if isinstance(node, TextNode) else as_texts(node, "`needs`", findings) or ()
    names = tuple(dict.fromkeys(item.text.strip() for item in items))
    if isinstance(node, ListNode) and not node.items:
        findings.add("wrong_type", "`needs` names no attribute", node.place, given="[]", expected="a list such as `[country]`")
    for item in items:
        if item.text.strip() not in known:
            findings.add("unknown_attribute", f"there is no attribute `{item.text.strip()}`", item.place, given=item.text.strip(),
                         expected="a declared attribute", nearest=nearest_name(item.text, known))
    return tuple(name for name in names if name in known)


LIFECYCLE_KEYS = ("id", "when", "to", "must")


def read_lifecycle(node: Node, words: SymbolTable, findings: Findings) -> tuple[LifecycleRule, ...]:
    """Every expectation, in the file's order."""
    found = []
    for item in as_list(node, "lifecycle", findings) or ():
        fields = as_map(item, "an expectation of lifecycle", findings, known=LIFECYCLE_KEYS, required=("id", "must"))
        if fields is None:
            continue
        own = fields.fields
        expected_id = as_text(own.get("id"), "the id of an expectation", findings)
        here = findings.within(rule=expected_id) if expected_id else findings
        if expected_id:
            words.claim(expected_id, own["id"].place, here)
        when, must = (words.cells.read_when(own.get(key), here) for key in ("when", "must"))
        to = team_id(own.get("to"), "`to`", words.teams, here)
        if expected_id is not None:
            found.append(LifecycleRule(id=expected_id, when=when, to=to, must=must, place=fields.place))
    return tuple(found)
