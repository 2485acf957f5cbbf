"""Stages: rules written in the book or in decision tables, and named accounts."""

from rules.book.cell_types import SourcePosition
from rules.book.csv_tables import BookTable
from rules.book.decision_tables import table_rules
from rules.book.findings import Findings
from rules.book.keys import ClosedWords, Keys
from rules.book.policies import CHOOSE_MEANS, SHARES_MEANS, read_spread, sla_id, team_id
from rules.book.schema import NamedAccount, Nearest, Rule, Stage, Target
from rules.book.symbols import SymbolTable
from rules.book.typed_nodes import (
    as_choice,
    as_day_or_instant,
    as_flag,
    as_list,
    as_map,
    as_number,
    as_text,
    begin_of,
    end_of,
    read_span,
    shown,
)
from rules.book.urgency import read_sla
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode
from rules.routing_result import HOW

STAGE = Keys(
    title="A stage", where="`stages`", required=("stage",),
    known={
        "stage": "Its name.",
        "rules": "Its rules. No two of them may match one item and send it to different places.",
        "table": "Its rules as a table instead: a decision table, or named accounts where the first column is `account_id`.",
    })
RULE = Keys(
    title="A rule", where="`rules` of a stage", required=("id",),
    known={
        "id": "A name, once in the book; decisions cite it.",
        "says": "The rule as a sentence. `rules check` tells where cells and sentence disagree.",
        "when": "What an item must be: each attribute's value, a list, a group, a range, a table or `missing`. Left out: any "
                "item.",
        "to": "The team, its members in a role (`{team: sales, role: closer}`), or the nearest of several places.",
        "else": "Where the item goes when no place is near, open or eligible.",
        "sla": "The service level, or one by an attribute's value: `{by: score_band, high: hot, else: warm}`.",
        "playbook": "What to do with the item; it stands in the decision's `next`.",
        "channel": "How to approach the customer; it stands in the decision's `next`.",
        "reason": "A word that stands in the decision's route, such as `no_territory`.",
        "because": "Why this border case exists; with `expires` it makes the rule an exception, which goes before the others "
                   "of its stage.",
        "decided_by": "Who settled the border case.",
        "disputed_with": "The team that wanted the items as well.",
        "expires": "The last day of an exception, or its end; after it the rule matches nothing and `rules check` says so.",
        "choose": f"For the items of this rule, in place of what the team says. {CHOOSE_MEANS}",
        "shares": f"For the items of this rule, counted by themselves. {SHARES_MEANS}",
    })
_TEXTS = ("says", *HOW, "reason", "because", "decided_by", "disputed_with")
NAMED_COLUMNS = ("account_id", "include_children", "team", "owner_id", "sla", "from", "to")
NEAREST = Keys(
    title="The nearest place", where="`to` of a rule", required=("nearest",),
    known={
        "nearest": "A team of kind `branches`.",
        "max_km": "How far it may be, in kilometres.",
        "open": "`now`: only places that are open at the moment.",
        "service_area": "`true`: only places whose service area holds the item.",
    })
TEAM_ROLE = Keys(
    title="Members of a team in a role", where="`to` of a rule", required=("team", "role"),
    known={
        "team": "The team.",
        "role": "The role, or a list of roles, that memberships.csv gives them in this team.",
    })
OPEN = ClosedWords(where="open", words=("now",))


def read_stages(node: Node, words: SymbolTable, findings: Findings) -> tuple[Stage, ...]:
    """Every stage in the file's order."""
    stages: list[Stage] = []
    for item in as_list(node, "stages", findings) or ():
        fields = as_map(item, "a stage", findings, known=STAGE)
        if fields is None:
            continue
        name = as_text(fields.fields.get("stage"), "the name of a stage", findings) or "?"
        here = findings.within(stage=name)
        if any(stage.name == name for stage in stages):
            here.add("duplicate_key", f"stage `{name}` stands twice", fields.fields["stage"].place, given=name,
                     expected="each stage once")
        if name == "compliance":
            here.add("wrong_type", "no stage can be called `compliance`", fields.fields["stage"].place, given=name,
                     expected="a name of its own")
        if ("rules" in fields.fields) == ("table" in fields.fields):
            here.add("wrong_type", f"stage `{name}` needs either rules or a table", fields.place,
                     given=", ".join(fields.fields), expected="`rules: [...]` or `table: FILE`")
            continue
        stages.append(_read_stage(name, fields, words, here))
    return tuple(stages)


def _read_stage(name: str, fields: MapNode, words: SymbolTable, findings: Findings) -> Stage:
    if "rules" in fields.fields:
        nodes = as_list(fields.fields["rules"], f"the rules of stage `{name}`", findings) or ()
        if not nodes and isinstance(fields.fields["rules"], ListNode):
            findings.add("wrong_type", f"stage `{name}` has no rule", fields.fields["rules"].place, given="[]",
                         expected="one rule or more")
        return Stage(name=name, rules=_ordered(read_rule(node, words, findings) for node in nodes), place=fields.place)
    file = fields.fields["table"]
    named = as_text(file, "the table", findings, "a CSV file")
    table = words.tables.read(file, findings) if named and isinstance(file, TextNode) else None
    if table is None:
        return Stage(name=name, place=fields.place)
    if table.columns[0] == "account_id":
        return Stage(name=name, named=_read_named(table, words, findings), place=fields.place)
    return Stage(name=name, rules=_ordered(table_rules(table, words, read_rule, findings)), place=fields.place)


def _ordered(rules) -> tuple[Rule, ...]:
    """Exceptions first, each kind in the file's order."""
    return tuple(sorted((rule for rule in rules if rule is not None), key=lambda rule: not rule.is_exception))


def read_rule(node: Node, words: SymbolTable, findings: Findings) -> Rule | None:
    """One rule; None when it lacks an id or a target that can be used."""
    fields = as_map(node, "a rule", findings, known=RULE)
    if fields is None:
        return None
    own = fields.fields
    rule_id, here = words.named(own.get("id"), "the id of a rule", findings)
    texts = {key: as_text(own.get(key), f"`{key}`", here) for key in _TEXTS}
    expires = as_day_or_instant(own.get("expires"), "`expires`", here)
    if ("because" in own) != ("expires" in own):
        here.add("wrong_type", "an exception carries both `because` and `expires`", fields.place,
                 given="because" if "because" in own else "expires", expected="both, or neither")
    for key in ("decided_by", "disputed_with"):
        if key in own and "because" not in own:
            here.add("wrong_type", f"`{key}` belongs to an exception", own[key].place, given=key,
                     expected=f"`because` and `expires` beside it, or no `{key}`")
    when = words.cells.read_when(own.get("when"), here)
    target = _read_target(fields, words, here)
    sla = read_sla(own.get("sla"), words, here)
    spread = read_spread(own, f"rule `{rule_id}`", here)
    if rule_id is None or target is None:
        return None
    return Rule(id=rule_id, when=when, target=target, sla=sla, expires=expires, spread=spread, place=fields.place, **texts)


def _read_target(fields: MapNode, words: SymbolTable, findings: Findings) -> Target | None:
    """`to: team`, or `to: {nearest: branches, ...}` with the `else` that it must carry."""
    to, otherwise = fields.fields.get("to"), fields.fields.get("else")
    if to is None:
        findings.add("wrong_type", "a rule needs `to`", fields.place, expected="`to: TEAM`")
        return None
    other = team_id(otherwise, "`else`", words.teams, findings)
    if not isinstance(to, MapNode):
        team = team_id(to, "`to`", words.teams, findings)
        if otherwise is not None:
            findings.add("wrong_type", "`else` belongs to a nearest target", otherwise.place, given=shown(otherwise),
                         expected="`to: {nearest: ...}`, or no `else`")
        return Target(team=team) if team else None
    if "nearest" not in to.fields and TEAM_ROLE.known.keys() & to.fields.keys():
        return _read_role(to, otherwise, words, findings)
    own = as_map(to, "`to`", findings, known=NEAREST).fields
    team = team_id(own.get("nearest"), "`nearest`", words.teams, findings)
    if team is not None and words.teams[team].kind != "branches":
        findings.add("wrong_type", f"`nearest` needs branches, `{team}` is a {words.teams[team].kind}", own["nearest"].place,
                     given=team, expected="a team of kind branches")
    opening = as_choice(own.get("open"), "`open`", OPEN, findings)
    nearest = Nearest(
        max_km=as_number(own.get("max_km"), "`max_km`", findings), open_now=opening == "now",
        service_area=as_flag(own.get("service_area"), "`service_area`", findings) or False,
    )
    if otherwise is None:
        findings.add("missing_else", "a nearest target must say where the item goes when no place is near", to.place,
                     expected="`else: TEAM` beside `to`")
    return Target(team=team, nearest=nearest, otherwise=other) if team and other else None


def _read_role(to: MapNode, otherwise: Node | None, words: SymbolTable, findings: Findings) -> Target | None:
    """`to: {team: sales, role: closer}`: of a team that has members."""
    own = as_map(to, "`to`", findings, known=TEAM_ROLE).fields
    team, role = team_id(own.get("team"), "`team`", words.teams, findings), own.get("role")
    named = role.items if isinstance(role, ListNode) else () if role is None else (role,)
    roles = frozenset(text.strip() for one in named if (text := as_text(one, "`role`", findings, "a role or a list of roles")))
    if role is not None and not named:
        findings.add("wrong_type", "`role` lists nothing", role.place, given="[]", expected="one role or more")
    if team is not None and words.teams[team].kind == "queue":
        findings.add("wrong_type", f"nobody has a role in `{team}`, a queue", own["team"].place, given=team,
                     expected="a team of people")
    if otherwise is not None:
        findings.add("wrong_type", "`else` belongs to a nearest target", otherwise.place, given=shown(otherwise),
                     expected="no `else`: where nobody in the role is free, `availability` says what follows")
    return Target(team=team, roles=roles) if team and roles else None


def _read_named(table: BookTable, words: SymbolTable, findings: Findings) -> tuple[NamedAccount, ...]:
    """The rows of a named-account table; rows of one account must not overlap in time."""
    for cell in table.header:
        if cell.text not in NAMED_COLUMNS:
            findings.unknown("unknown_key", f"named accounts have no column `{cell.text}`", cell.place, given=cell.text,
                             known=NAMED_COLUMNS)
    rows: list[NamedAccount] = []
    columns = table.columns
    for row in table.rows:
        cells = {name: cell for name, cell in zip(columns, row.cells, strict=True) if cell.text}
        named = _read_named_row(cells, row.place, words, findings)
        if named is not None:
            rows.append(named)
    _check_one_owner(rows, findings)
    return tuple(rows)


def _read_named_row(
    cells: dict[str, TextNode], place: SourcePosition, words: SymbolTable, findings: Findings,
) -> NamedAccount | None:
    account = cells.get("account_id")
    if account is None:
        findings.add("wrong_type", "a row needs an account", place, given="", expected="an account id")
        return None
    here = findings.within(rule=f"named/{account.text}")
    if ("team" in cells) == ("owner_id" in cells):
        here.add("wrong_type", f"account `{account.text}` needs exactly one of team and owner_id", place,
                 given="both" if "team" in cells else "neither", expected="a team or an owner_id")
        return None
    team = team_id(cells.get("team"), "`team`", words.teams, here)
    span = read_span(cells, f"account `{account.text}`", here)
    row = NamedAccount(
        account_id=account.text, include_children=as_flag(cells.get("include_children"), "`include_children`", here) or False,
        team=team, owner_id=cells["owner_id"].text if "owner_id" in cells else None,
        sla=sla_id(cells.get("sla"), words.slas, words.declared_slas, here), span=span, place=place,
    )
    return row if row.team or row.owner_id else None


def _check_one_owner(rows: list[NamedAccount], findings: Findings) -> None:
    by_account: dict[str, list[NamedAccount]] = {}
    for row in rows:
        by_account.setdefault(row.account_id, []).append(row)
    for account, own in by_account.items():
        ordered = sorted(own, key=lambda row: begin_of(row.span))
        for earlier, later in zip(ordered, ordered[1:], strict=False):
            if begin_of(later.span) < end_of(earlier.span):
                findings.add(
                    "double_owner", f"account `{account}` is named twice for the same time"
                    + (f", also in line {earlier.place.line}" if earlier.place else ""),
                    later.place, given=later.team or later.owner_id, expected="one row for each moment",
                    rules=(f"named/{account}",),
                )
