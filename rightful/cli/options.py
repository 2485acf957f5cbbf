"""The options that several commands share, each said once, and the one reader of a moment given to a flag.

A moment that cannot be read is wrong usage: exit 2, whatever the command.
"""
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from rules.exports.shipped import LISTED
from rules.refdata.times import NotReadable, parse_day, parse_instant

RECEIVED = "received"


def moment_of(text: str | datetime) -> datetime:
    """The instant that a flag names."""
    return _read(parse_instant, text)


def received_or_moment_of(text: str | datetime) -> str | datetime:
    """The word `received` as it is, else the instant that a flag names."""
    return RECEIVED if text == RECEIVED else _read(parse_instant, text, f"`{RECEIVED}`, or ")


def day_of(text: str | date) -> date:
    """The day that a flag names."""
    return _read(parse_day, text)


def _read(parse: Callable[[str], Any], text: Any, also: str = "") -> Any:
    """What a flag's text says; what is no text any more stays."""
    try:
        return parse(text) if isinstance(text, str) else text
    except NotReadable as fault:
        raise typer.BadParameter(f"{fault.message}; given `{text}`; expected {also}{fault.expected}") from None


WorkspaceOption = Annotated[Path, typer.Option("--workspace", metavar="DIR", help="the workspace's folder")]
JsonOption = Annotated[bool, typer.Option("--json", help="print data instead of tables")]
RawCellsOption = Annotated[bool, typer.Option("--raw-cells", help="no apostrophe before what a spreadsheet would run")]
HtmlOption = Annotated[Path | None, typer.Option("--html", metavar="F", help="write one self-contained page there")]
BookOption = Annotated[Path | None, typer.Option("--rulebook", metavar="PATH", help="another rule book than the workspace's")]
ActorOption = Annotated[str | None, typer.Option("--actor", help="who does it, for the record; your login name when left out")]
AtOption = Annotated[datetime | None, typer.Option(
    "--at", metavar="TIME", parser=moment_of, help="a time such as 2026-12-02T15:00:00Z; now when left out")]
AtOrReceivedOption = Annotated[Any, typer.Option(
    "--at", metavar="received|TIME", parser=received_or_moment_of,
    help="a time such as 2026-12-02T15:00:00Z, or when each item was received")]
EngineOption = Annotated[Literal["plain", "dask"], typer.Option(
    "--engine", help="dask: share the work among processes, with the same results; needs the extra `scale`")]
ProfileOption = Annotated[str, typer.Option("--profile", help=f"whose columns they are: {LISTED}")]
MappingOption = Annotated[Path | None, typer.Option(
    "--mapping", metavar="M.yaml", help="a mapping of your own, or `file's column: our column`, one a line")]
