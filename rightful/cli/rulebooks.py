"""`rightful rules propose | approve | activate | rollback | withdraw | versions | checkout`: a rule book's life, by command.

Heavy modules load inside the command that uses them, so that `rightful --help` answers at once.
"""
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from rightful.cli.options import ActorOption, AtOption, JsonOption, WorkspaceOption
from rightful.cli.rules import propose_rule
from rightful.cli.tables import tell
from rightful.cli.workspace import opened_workspace

FromOption = Annotated[str | None, typer.Option("--from", metavar="DIGEST", help=(
    "the book in force that this one was made from; when left out, the one that the workspace's file was last equal to"))]
Digest = Annotated[str, typer.Argument(metavar="DIGEST", help="a rule book's digest or its first letters")]
MaybeDigest = Annotated[str | None, typer.Argument(metavar="[DIGEST]", help="a rule book's digest or its first letters")]


def register(app: typer.Typer) -> None:
    """Add the life cycle to `rightful rules`."""
    for name, command, examples in (
        ("propose", propose_command, "`rightful rules propose`, `rightful rules propose --actor ann --note \"DACH split\"`, "
         "`rightful rules propose --says \"leads from Germany go to Sales\"`"),
        ("approve", approve_command, "`rightful rules approve 3f2a --actor bob`"),
        ("activate", activate_command, "`rightful rules activate`, `rightful rules activate 3f2a --actor bob`"),
        ("rollback", rollback_command, "`rightful rules rollback`, `rightful rules rollback 3f2a`"),
        ("withdraw", withdraw_command, "`rightful rules withdraw 3f2a`"),
        ("versions", versions_command, "`rightful rules versions`, `rightful rules versions 3f2a --json`"),
        ("checkout", checkout_command, "`rightful rules checkout 3f2a`"),
    ):
        app.command(name, epilog=f"Examples: {examples}")(command)


def propose_command(
    made_from: FromOption = None, note: Annotated[str | None, typer.Option(help="a word for whoever approves it")] = None,
    actor: ActorOption = None, workspace: WorkspaceOption = Path("."), as_json: JsonOption = False,
    says: Annotated[str | None, typer.Option("--says", metavar="SENTENCE", help=(
        "print this sentence as a rule, checked against the book; what is not understood is asked back"))] = None,
    stage: Annotated[str | None, typer.Option(help="of --says: the stage it is to stand in, when left out the likeliest")] = None,
    rule_id: Annotated[str | None, typer.Option("--id", help="of --says: the rule's id, when left out made of its cells")] = None,
    at: AtOption = None,
) -> None:
    """Keep the workspace's rule book as a draft and check it; exit 1 when it has errors. Nothing comes into force.

    With --says a sentence is turned into a rule and printed, and nothing is kept.
    """
    _refuse_mixed({"--from": made_from, "--note": note, "--actor": actor} if says is not None
                  else {"--stage": stage, "--id": rule_id, "--at": at}, says is not None)
    if says is not None:
        propose_rule(says, workspace, at=at, stage=stage, rule_id=rule_id, as_json=as_json)
    with _publishing(workspace) as (opened, publisher):
        published = _propose(opened, publisher, made_from, actor=_actor(actor), note=note)
    _tell(published, as_json)
    raise typer.Exit(0 if published.examined.ok else 1)


def _refuse_mixed(given: dict[str, object], says: bool) -> None:
    """An option of the other use of the command is refused, since nothing would come of it."""
    for name, value in given.items():
        if value is not None:
            raise typer.BadParameter(f"{'--says keeps nothing, so it takes no such option' if says else 'belongs to --says'}",
                                     param_hint=name)


def approve_command(digest: Digest, note: Annotated[str | None, typer.Option(help="what the approval rests on")] = None,
                    actor: ActorOption = None, workspace: WorkspaceOption = Path("."), as_json: JsonOption = False) -> None:
    """Say that you read a draft and stand for it; somebody other than who drafted it."""
    with _publishing(workspace) as (opened, publisher):
        published = publisher.approve(_whole(opened, digest), actor=_actor(actor), note=note)
    _tell(published, as_json)


def activate_command(digest: MaybeDigest = None, made_from: FromOption = None, actor: ActorOption = None,
                     workspace: WorkspaceOption = Path("."), as_json: JsonOption = False) -> None:
    """Bring a rule book into force, now or at its `effective_from`: the workspace's file, or a draft by its digest.

    A book with an error or a failing test is refused with all of them, and one made from a book no longer in force too.
    """
    with _publishing(workspace) as (opened, publisher):
        wanted = _drafted(opened, publisher, made_from, actor=_actor(actor)) if digest is None else _whole(opened, digest)
        published = publisher.activate(wanted, actor=_actor(actor))
    _tell(published, as_json)


def rollback_command(digest: MaybeDigest = None, actor: ActorOption = None, workspace: WorkspaceOption = Path("."),
                     as_json: JsonOption = False) -> None:
    """Bring a rule book back that was in force before: the one named, else the last one. The files stay as they are."""
    with _publishing(workspace) as (opened, publisher):
        published = publisher.roll_back(None if digest is None else _whole(opened, digest), actor=_actor(actor))
    _tell(published, as_json)


def withdraw_command(digest: Digest, actor: ActorOption = None, workspace: WorkspaceOption = Path("."),
                     as_json: JsonOption = False) -> None:
    """Take a rule book that waits for its moment out of the plan."""
    with _publishing(workspace) as (opened, publisher):
        published = publisher.withdraw(_whole(opened, digest), actor=_actor(actor))
    _tell(published, as_json)


def versions_command(digest: MaybeDigest = None, workspace: WorkspaceOption = Path("."), as_json: JsonOption = False) -> None:
    """Every rule book that the store keeps, its state and who did what; or the life of one."""
    from rightful.cli.show_rulebooks import show_life, show_versions

    with opened_workspace(workspace) as opened:
        versions = opened.store.rulebook_versions()
        if digest is not None:
            whole = _whole(opened, digest)
            versions = tuple(version for version in versions if version.digest == whole)
    told = [version.as_json() for version in versions]
    if digest is None:
        tell(told, as_json, lambda: show_versions(versions))
    else:
        tell(told[0], as_json, lambda: show_life(versions[0]))


def checkout_command(digest: Digest, actor: ActorOption = None, workspace: WorkspaceOption = Path(".")) -> None:
    """Write a kept rule book over the workspace's files, to go on from there; refused where those are kept nowhere else."""
    from serving.rulebooks.checkout import check_out

    with opened_workspace(workspace) as opened:
        written = check_out(opened, _whole(opened, digest), actor=_actor(actor))
    typer.echo(f"wrote {', '.join(written)}")


def _propose(opened, publisher, made_from: str | None, *, actor: str, note: str | None = None):
    """The workspace's file as a draft."""
    from rules.book.reading import read_book_files
    from serving.rulebooks.lifecycle import base_of_file

    base = base_of_file(opened.store) if made_from is None else _whole(opened, made_from)
    return publisher.propose(read_book_files(opened.rulebook_path), actor=actor, based_on=base, note=note)


def _drafted(opened, publisher, made_from: str | None, *, actor: str) -> str:
    """The digest of the workspace's file, proposed unless it is a draft already or in force."""
    from rules.book.reading import read_book_files
    from rules.digests import digest_of_files

    digest = digest_of_files(read_book_files(opened.rulebook_path))
    known = opened.store.rulebook_version(digest)
    if known is not None and made_from is None and known.state != "archived":
        return digest
    return _propose(opened, publisher, made_from, actor=actor).version.digest


def _whole(opened, given: str) -> str:
    """The one kept digest that begins so."""
    from rules.errors import Refused
    from serving.rulebooks.lookup import kept_that_begin

    found = kept_that_begin(given, opened.store)
    if len(found) != 1:
        known = "several rule books begin with" if found else "the store keeps no rule book that begins with"
        raise Refused(f"{known} `{given}`; `rightful rules versions` lists them")
    return found[0]


@contextmanager
def _publishing(folder: Path) -> Iterator[tuple]:
    """The workspace with what publishes its rule books, for people as they are in its files."""
    from rightful.books import people_of
    from serving.rulebooks.lifecycle import Publisher

    with opened_workspace(folder) as opened:
        yield opened, Publisher(opened.store, people_of(opened.folder), two_people=opened.settings.two_people)


def _actor(given: str | None) -> str:
    """Who acts: the name given, else the login name."""
    return given.strip()[:100] if given is not None and given.strip() else login_name()


def login_name() -> str:
    """The login name of whoever runs a command."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):                           # a machine that knows no names
        return "command line"


def _tell(published, as_json: bool) -> None:
    from rightful.cli.show_rulebooks import show_published

    tell(published.as_json(), as_json, lambda: show_published(published))
