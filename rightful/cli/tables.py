"""What a command found, for a program as JSON or for people as tables; every command prints them in one way."""
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import typer

from rules.files import write_whole


def tell(data: object, as_json: bool, show: Callable[[], None], *, indent: int = 1) -> None:
    """Print the data where `--json` asks for it, else what `show` prints for people."""
    if as_json:
        typer.echo(json.dumps(data, indent=indent, ensure_ascii=False))
    else:
        show()


def write_page(file: Path, text: str) -> None:
    """Write a file whole or not at all, and say so."""
    write_whole(file, text)
    typer.echo(f"wrote {file}", err=True)


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under a title; text is shown as it is, never read as markup."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=box.SIMPLE, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console = Console()
    console.print(table) if console.is_terminal else Console(width=160).print(table)
