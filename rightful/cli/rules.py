"""`rightful rules check | test | explain | reference`: what business people ask of their rule book."""
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from rightful.cli.options import RECEIVED, AtOption, AtOrReceivedOption, BookOption, JsonOption, WorkspaceOption, moment_of
from rightful.cli.progress import steps
from rightful.cli.tables import show_table, tell

app = typer.Typer(no_args_is_help=True, help="Check, test, explain, compare and publish the rule book of a workspace.")


@app.command("check", epilog="Examples: `rightful rules check`, `rightful rules check --workspace acme --json`")
def check_command(
    workspace: WorkspaceOption = Path("."), rulebook: BookOption = None, as_json: JsonOption = False,
    at: AtOption = None,
) -> None:
    """Everything wrong or doubtful in the rule book, with its place; exit 1 when something forbids its use."""
    from rightful.books import check_book

    with steps() as say:
        report = check_book(rulebook or workspace, people=workspace, at=at or datetime.now(UTC), progress=say,
                            places=_places(workspace))
    used = _exceptions_used(workspace, report.exceptions)
    told = {**report.as_json(), "exceptions": {"rules": len(report.exceptions), **used}}
    tell(told, as_json, lambda: _show_report(report, used), indent=2)
    raise typer.Exit(0 if report.ok else 1)


@app.command("test", epilog="Examples: `rightful rules test`, `rightful rules test --workspace acme --json`")
def test_command(
    workspace: WorkspaceOption = Path("."), rulebook: BookOption = None, as_json: JsonOption = False,
) -> None:
    """Run the tests that the rule book carries; exit 1 when one fails."""
    from rightful.books import load_book
    from rules.analysis.check import run_tests

    results = run_tests(load_book(rulebook or workspace), _directory(workspace), now=datetime.now(UTC))
    ok = all(result.passed for result in results)
    tell({"ok": ok, "tests": [result.as_json() for result in results]}, as_json, lambda: _show_tests(results), indent=2)
    raise typer.Exit(0 if ok else 1)


@app.command("explain", epilog="Examples: `rightful rules explain item.json`, `rightful rules explain item.json --at received`")
def explain_command(
    item: Annotated[Path, typer.Argument(metavar="ITEM.json", help="the `item` object of a request")],
    workspace: WorkspaceOption = Path("."), rulebook: BookOption = None, as_json: JsonOption = False,
    at: AtOrReceivedOption = None,
) -> None:
    """Where an item goes and why: its route, who may own it, and every stage with what failed."""
    from rightful.books import load_book
    from rules.intake.placed import with_place
    from rules.routing.explain import explain

    raw = _read_item(item)
    moment = _received_at(raw) if at == RECEIVED else at or datetime.now(UTC)
    book, directory = load_book(rulebook or workspace), _directory(workspace)
    told = explain(with_place(raw, _places(workspace), book=book, directory=directory, at=moment), book=book, directory=directory,
                   at=moment)
    tell(told, as_json, lambda: _show_explanation(told), indent=2)


def propose_rule(says: str, workspace: Path, *, at: datetime | None, stage: str | None, rule_id: str | None,
                 as_json: bool) -> None:
    """Print a sentence as a proposed rule, checked against the workspace's book; exit 1 where anything is asked back or wrong."""
    from rightful.books import load_book
    from rules.analysis.propose import propose

    proposal = propose(says, load_book(workspace), _directory(workspace), at=at or datetime.now(UTC), rule_id=rule_id,
                       stage=stage)
    tell(proposal.as_json(), as_json, lambda: _show_proposal(proposal), indent=2)
    raise typer.Exit(0 if proposal.ok else 1)


def _show_proposal(proposal) -> None:
    for question in proposal.questions:
        typer.echo(f"asked back: {question}")
    if proposal.yaml is not None:
        after = f", after `{proposal.after}`" if proposal.after else ""
        typer.echo(f"# stage {proposal.stage}{after}\n{proposal.yaml}")
    if proposal.same_as is not None:
        typer.echo(f"the book has this rule already: `{proposal.same_as}`")
    if proposal.findings:
        rows = [(finding.severity, finding.kind, finding.where, finding.sentence) for finding in proposal.findings]
        show_table("Findings of the book with this rule", ("severity", "kind", "place", "what"), rows)


def _places(workspace: Path):
    """The file of places that the folder's rightful.toml names, None where it names none."""
    from serving.runtime.workspace import Workspace

    return Workspace(folder=workspace).postal_places


def _directory(workspace: Path):
    """The workspace's directory, nobody where it has no owners.csv."""
    from rightful.books import people_of
    from rules.model import Directory

    return people_of(workspace) or Directory(owners={})


def _read_item(path: Path) -> dict[str, object]:
    """The item's JSON object; anything else is refused."""
    from rules.errors import ItemError, Problem

    try:
        raw = json.loads(path.read_bytes().decode("utf-8"), parse_constant=_no_number)
    except OSError as error:
        raise ItemError([Problem(message=f"the file cannot be read: {(error.strerror or 'unreadable').lower()}", file=str(path),
                                 expected="a JSON file with one item")]) from None
    except (ValueError, RecursionError) as error:
        raise ItemError([Problem(message="the file holds no JSON", file=path.name, given=str(error)[:120],
                                 expected="one item, such as {\"kind\": \"lead\"}")]) from None
    if not isinstance(raw, dict):
        raise ItemError([Problem(message="the file holds no item", file=path.name, given=type(raw).__name__,
                                 expected="one JSON object with the item's attributes")])
    return raw


def _no_number(word: str) -> float:
    raise ValueError(f"`{word}` is no number")


def _received_at(raw: dict[str, object]) -> datetime:
    """When the item says it was received."""
    given = raw.get("received_at")
    try:
        return moment_of(given if isinstance(given, str) else "")
    except typer.BadParameter as fault:
        raise typer.BadParameter(f"the item's received_at: {fault.message}", param_hint="--at") from None


def _exceptions_used(workspace: Path, exceptions: tuple[str, ...]) -> dict[str, int | None]:
    """How many of the newest decisions one of the exceptions took, and of how many; None where the workspace has no store."""
    from rightful.cli.workspace import opened_workspace
    from rules.errors import RightfulError

    if not (workspace / "rightful.db").exists():
        return {"decisions": None, "of": None}
    from serving.rulebooks.past_decisions import COUNTED, exception_count
    from serving.store.decision_log import DecisionFilter

    try:
        with opened_workspace(workspace) as opened:
            used, of = exception_count(opened.store.newest_documents(DecisionFilter(), most=COUNTED), exceptions)
    except RightfulError as fault:
        typer.echo(f"what was decided by exceptions is not told: {fault}", err=True)
        return {"decisions": None, "of": None}
    return {"decisions": used, "of": of}


def _show_report(report, used: dict[str, int | None]) -> None:
    errors = sum(finding.severity == "error" for finding in report.findings)
    if report.findings:
        rows = [(finding.severity, finding.kind, finding.where, finding.sentence) for finding in report.findings]
        show_table("Findings", ("severity", "kind", "place", "what"), rows)
    verdict = "the rule book may be used" if report.ok else "the rule book must not be used"
    typer.echo(f"{verdict}: {report.rules} rules, {errors} errors, {len(report.findings) - errors} warnings")
    taken = f", used by {used['decisions']} of the newest {used['of']} decisions" if used["of"] else ""
    typer.echo(f"exceptions: {len(report.exceptions)} of the rules{taken}")
    if report.complexity is not None:
        told = report.complexity
        typer.echo(f"complexity {told.figure:g}: {told.pieces} pieces to prove {told.rules} rules that ask in {told.patterns} "
                   f"ways for {told.attributes} attributes with {told.classes} classes of values")


def _show_tests(results) -> None:
    rows = [("pass" if result.passed else "FAIL", result.name, _pairs(result.expected), result.problem or _pairs(result.got))
            for result in results]
    if rows:
        show_table("Tests of the rule book", ("", "test", "expected", "got"), rows)
    passed = sum(result.passed for result in results)
    typer.echo(f"{passed} of {len(results)} tests pass")


def _pairs(values) -> str:
    return ", ".join(f"{key}: {value}" for key, value in values.items())


def _show_explanation(told: dict) -> None:
    route, eligibility = told["route"], told["eligibility"]
    facts = [(name, str(fact["value"]), str(fact["raw"]), fact["source"]) for name, fact in told["item"]["attributes"].items()]
    show_table("Item", ("attribute", "value", "from", "source"), facts)
    nothing: list[dict[str, Any]] = [{"rule": "", "matched": False, "failed": ["nothing near"]}]
    stages = [(stage["stage"], found["rule"], "matched" if found["matched"] else "not: " + ", ".join(found["failed"]))
              for stage in told["stages"] for found in stage["rules"] or nothing]
    show_table("Stages", ("stage", "rule", "outcome"), stages)
    reason = f" ({route['reason']})" if route["reason"] else ""
    team = f"team {route['team']}" if route["team"] else "to a person"
    typer.echo(f"route: stage {route['stage']}, rule {route['rule']}, {team}{reason}, via {route['via']}")
    excluded = [(out["rule"], str(len(out["owners"])), out["reason"]) for out in eligibility["excluded"]]
    if excluded:
        show_table("Excluded", ("rule", "owners", "why"), excluded)
    owners = ", ".join(eligibility["eligible_owners"]) or "nobody"
    typer.echo(f"may own it: {owners} ({eligibility['eligible']} of {eligibility['considered']} considered, "
               f"{eligibility['outside_team']} outside the team)")


@app.command("reference", epilog="Examples: `rightful rules reference`, `rightful rules reference findings`, "
                                 "`rightful rules reference --write docs/reference`")
def reference_command(
    context: typer.Context,
    page: Annotated[str, typer.Argument(metavar="rulebook|findings|errors", help="which page")] = "rulebook",
    write: Annotated[Path | None, typer.Option("--write", metavar="DIR", help="write every page there instead")] = None,
) -> None:
    """Every key of the rule book with its meaning, every finding of `rules check` with its example, or every error."""
    from rightful.cli.reference import pages_of

    pages = pages_of(context.find_root().command)
    if page not in pages:
        raise typer.BadParameter(f"expected one of {', '.join(pages)}, given `{page}`", param_hint="PAGE")
    if write is None:
        typer.echo(pages[page](), nl=False)
        return
    write.mkdir(parents=True, exist_ok=True)
    for name, text_of in pages.items():
        (write / f"{name}.md").write_text(text_of(), encoding="utf-8")
    typer.echo(f"wrote {', '.join(f'{name}.md' for name in pages)}")
