"""Lint: what is legal in a book and yet cannot be meant. Expired exceptions, names nobody uses, teams nobody is in.

Some of it needs only the book; the rest holds the book against the directory.
"""
from collections.abc import Iterator
from datetime import datetime

from rules.accounts.index import living_account
from rules.analysis.calendars import check_calendars
from rules.analysis.leaving import check_leaving
from rules.analysis.postal_patterns import check_patterns, check_service_areas
from rules.analysis.reviews import check_reviews, parties_of
from rules.analysis.spreading import check_shares
from rules.analysis.unmet_demands import check_demands
from rules.book.cell_types import SourcePosition
from rules.book.findings import Findings
from rules.book.says_check import check_prose
from rules.book.schema import ComplianceRule, RuleBook, Team
from rules.directory.owner_rows import OWNER_COLUMNS
from rules.errors import nearest_name
from rules.model import Directory, Moment, Owner, Span
from rules.routing.compliance.owner_columns import ASKABLE
from rules.routing.lifecycle import check_lifecycle
from rules.routing.territory import is_in_force
from rules.tabular import SHORT_ROW


def lint_book(book: RuleBook, at: datetime, findings: Findings) -> None:
    """Faults and doubts that the book shows by itself at a moment."""
    _check_exceptions(book, at, findings)
    check_reviews(book, at, findings)
    check_lifecycle(book, findings)
    _check_unused(book, findings)
    _check_carried_out(book, findings)
    check_prose(book, findings)
    check_patterns(book, findings)


def lint_directory(book: RuleBook, directory: Directory, at: datetime, findings: Findings) -> None:
    """Faults and doubts that show once the book meets the people and accounts it is for."""
    for doubt in directory.doubts:
        place = SourcePosition(file=str(doubt.file), line=doubt.line or 1, column=doubt.column or 1)
        findings.add("short_row" if doubt.message == SHORT_ROW else "spoilt_cell", doubt.message, place, given=str(doubt.given),
                     expected=doubt.expected)
    check_service_areas(directory, findings)
    check_calendars(directory, at, findings)
    _check_accounts(directory, findings)
    _check_named(book, directory, findings)
    _check_people(book, directory, findings)
    _check_roles(book, directory, findings)
    _check_columns(book, directory, findings)
    _check_members(book, directory, at, findings)
    check_leaving(book, directory, at, findings)
    check_shares(book, directory, at, findings)
    check_demands(book, directory, at, findings)
    _check_certificates(book, directory, at, findings)


def _check_exceptions(book: RuleBook, at: datetime, findings: Findings) -> None:
    for stage, rule in book.placed_rules:
        if not is_in_force(rule, Moment(at=at)):
            findings.within(rule=rule.id, stage=stage.name).add(
                "expired_exception", f"the exception `{rule.id}` expired on {rule.expires}{parties_of(rule)}", rule.place,
                given=str(rule.expires), expected="a later day, or the rule taken out")


def _check_unused(book: RuleBook, findings: Findings) -> None:
    used = set(_teams_used(book))
    for team in book.teams.values():
        if team.id not in used:
            findings.add("unused", f"no rule sends anything to team `{team.id}`", team.place, given=team.id,
                         expected="a rule that sends to it, or the team taken out")
    named = set(_groups_named(book))
    for group in book.groups:
        if group not in named:
            findings.add("unused", f"no rule names group `{group}`", book.group_places.get(group), given=group,
                         expected="a cell that names it, or the group taken out")


def _check_carried_out(book: RuleBook, findings: Findings) -> None:
    for sla in book.slas.values():
        if sla.escalate:
            findings.add("not_carried_out", f"nothing carries out `escalate` of sla `{sla.id}` yet: its steps are only kept",
                         sla.escalate_place, given=", ".join(step.do for step in sla.escalate),
                         expected="a look at `sla.respond_by` in the decision, or no `escalate`")


def _teams_used(book: RuleBook) -> Iterator[str | None]:
    for _, rule in book.placed_rules:
        yield from (rule.target.team, rule.target.otherwise)
    yield from (row.team for stage in book.stages for row in stage.named)
    yield from (rule.send_to for rule in book.compliance)
    yield book.availability.then
    yield book.intake.hold.send_to if book.intake.hold else None


def _groups_named(book: RuleBook) -> Iterator[str]:
    """Every group that a cell names, and those that these name in turn."""
    pending = [name for _, rule in book.placed_rules for cell in rule.when for name in cell.names]
    pending += [name for rule in book.compliance for cell in rule.when for name in cell.names]
    pending += [name for expected in book.lifecycle for cell in (*expected.when, *expected.must) for name in cell.names]
    pending += [name for rule in book.compliance for demand in (*rule.require, *rule.forbid) for name in demand.names]
    pending += [name for cell in (book.intake.hold.when if book.intake.hold else ()) for name in cell.names]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in book.groups and name not in seen:
            seen.add(name)
            yield name
            pending += book.group_parts[name]


def _check_accounts(directory: Directory, findings: Findings) -> None:
    """Parents that lead in a circle; each cycle once, with every account of it."""
    done: set[str] = set()
    for start in directory.accounts:
        chain: dict[str, None] = {}
        current: str | None = start
        while current is not None and current not in done and current not in chain:
            chain[current] = None
            account = directory.accounts.get(current)
            current = account.parent_id if account else None
        if current is not None and current in chain:
            order = list(chain)
            cycle = order[order.index(current):]
            path = " -> ".join(f"`{name}`" for name in (*cycle, current))
            findings.add(
                "account_cycle",
                f"accounts are each other's parents: {path}",
                SourcePosition(file="accounts.csv", line=1),
                given=", ".join(cycle),
                expected="parents that end at a top account",
            )
        done |= set(chain)


def _check_named(book: RuleBook, directory: Directory, findings: Findings) -> None:
    """Named accounts and owners that the directory does not know."""
    for stage in book.stages:
        for row in stage.named:
            here = findings.within(rule=f"named/{row.account_id}", stage=stage.name)
            if directory.accounts and row.account_id not in directory.accounts:
                here.unknown("unknown_value", f"there is no account `{row.account_id}`", row.place, given=row.account_id,
                             known=directory.accounts, expected="an account_id of accounts.csv")
            lasting = living_account(directory, row.account_id)
            if row.account_id in directory.accounts and lasting != row.account_id:
                here.add("unused", f"account `{row.account_id}` was merged into `{lasting}`: no item reaches this row", row.place,
                         given=row.account_id, expected=f"a row for `{lasting}`, or none")
            if row.owner_id and row.owner_id not in directory.owners:
                here.unknown("unknown_value", f"there is no owner `{row.owner_id}`", row.place, given=row.owner_id,
                             known=directory.owners, expected="an owner_id of owners.csv")
    accounts = {name for name, attribute in book.attributes.items() if attribute.type == "account_ref"}
    for stage, rule in book.placed_rules if directory.accounts else ():
        for cell in (cell for cell in rule.when if cell.attribute in accounts):
            for account in sorted(map(str, cell.values - set(directory.accounts))):
                findings.within(rule=rule.id, stage=stage.name).unknown(
                    "unknown_value", f"there is no account `{account}`", cell.place, given=account,
                    known=directory.accounts, expected="an account_id of accounts.csv")


def _check_roles(book: RuleBook, directory: Directory, findings: Findings) -> None:
    """Roles that nobody has in the team to whose members a rule sends: no item would reach anybody through it."""
    for stage, rule in book.placed_rules:
        if not rule.target.roles:
            continue
        known = {row.role for row in directory.members.get(rule.target.team, ()) if row.role}
        for role in sorted(rule.target.roles - known):
            findings.within(rule=rule.id, stage=stage.name).unknown(
                "unknown_value", f"nobody has the role `{role}` in team `{rule.target.team}`", rule.place, given=role,
                known=known, expected="a role that memberships.csv gives somebody in the team")


def _check_people(book: RuleBook, directory: Directory, findings: Findings) -> None:
    """Teams that are persons in disguise."""
    for team in book.teams.values():
        owner = directory.owners.get(team.id)
        if owner is not None and owner.kind == "person":
            findings.add("person_in_rule", f"team `{team.id}` is the person {owner.name or team.id}; people reach items "
                         "through memberships.csv", team.place, given=team.id, expected="a team that people belong to",
                         rules=[rule.id for _, rule in book.placed_rules if team.id in (rule.target.team, rule.target.otherwise)])


def _check_columns(book: RuleBook, directory: Directory, findings: Findings) -> None:
    """Owner columns that owners.csv does not have or that hold nothing: nobody meets such a demand or is forbidden by one."""
    known = (*ASKABLE, *directory.owner_columns)
    for rule in book.compliance:
        here = findings.within(rule=rule.id, stage="compliance")
        for demand in (*rule.require, *rule.forbid):
            column = demand.subject.removeprefix("owner.")
            if not demand.subject.startswith("owner.") or column in known:
                continue
            near = nearest_name(column, known)
            if column in OWNER_COLUMNS:
                here.add("unknown_attribute", f"column `{column}` cannot be asked about: a limit, a time or a place is nothing "
                         "that an owner holds", rule.place, given=demand.subject,
                         expected=f"one of {', '.join(ASKABLE)}, or a further column of owners.csv")
            elif demand in rule.require or near:
                here.add("unknown_attribute", f"owners.csv has no column `{column}`", rule.place, given=demand.subject,
                         expected="owner.COLUMN of owners.csv", nearest=f"owner.{near}" if near else None)
            else:
                here.add("unused", f"owners.csv has no column `{column}`, so `{rule.id}` forbids nothing", rule.place,
                         given=demand.subject, expected=f"the column `{column}` in owners.csv")


def _check_members(book: RuleBook, directory: Directory, at: datetime, findings: Findings) -> None:
    for team in book.teams.values():
        owners = [directory.owners[row.owner_id] for row in directory.members.get(team.id, ())
                  if row.owner_id in directory.owners and _still_to_come(row.span, at)]
        present = [owner for owner in owners if _still_to_come(owner.active, at)]
        if team.kind != "queue" and not present:
            findings.add("team_without_members", f"team `{team.id}` has no member now or on a coming date", team.place,
                         given=team.id, expected="rows in memberships.csv that have not ended")
        if team.kind == "queue" and not (present or team.automation or _has_keeper(team, directory)):
            findings.add("unwatched_queue", f"nobody watches queue `{team.id}`", team.place, given=team.id,
                         expected="an automation, a member in memberships.csv, or a row in owners.csv with a manager_id or email")


def _has_keeper(team: Team, directory: Directory) -> bool:
    own: Owner | None = directory.owners.get(team.id)
    return own is not None and bool(own.manager_id or own.email)


def _still_to_come(span: Span, at: datetime) -> bool:
    """Whether the span holds now or begins later."""
    return Span(ends=span.ends).covers(at)


def _check_certificates(book: RuleBook, directory: Directory, at: datetime, findings: Findings) -> None:
    """Certificates that a rule requires and nobody holds."""
    held = {name.partition("@")[0] for owner in directory.owners.values() if _still_to_come(owner.active, at)
            for name, last in owner.certifications.items() if last is None or last >= at.date()}
    for rule in book.compliance:
        for name in _certificates_required(rule, book):
            if name not in held:
                findings.within(rule=rule.id, stage="compliance").add(
                    "no_certificate_holder", f"nobody holds the certificate `{name}` that `{rule.id}` requires", rule.place,
                    given=name, expected="an owner with it in the column certifications")


def _certificates_required(rule: ComplianceRule, book: RuleBook) -> Iterator[str]:
    for demand in rule.require:
        if demand.subject != "owner.certifications":
            continue
        if demand.any_of and len(demand.any_of) == 1:
            yield from demand.any_of
        attribute = book.attributes.get(demand.contains) if demand.contains else None
        yield from (attribute.values or ()) if attribute else ()
