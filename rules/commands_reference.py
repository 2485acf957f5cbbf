"""`rightful rules reference`: every key of the book and every finding, as generated from the loader and from checked books."""
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the reference to `rightful rules`."""
    app.command("reference", epilog="Examples: `rightful rules reference`, `rightful rules reference findings`, "
                                    "`rightful rules reference --write docs/reference`")(reference_command)


def reference_command(
    page: Annotated[str, typer.Argument(metavar="rulebook|findings", help="which page")] = "rulebook",
    write: Annotated[Path | None, typer.Option("--write", metavar="DIR", help="write both pages there instead")] = None,
) -> None:
    """Every key of the rule book with its meaning, or every finding of `rules check` with a book that provokes it."""
    from rules.reference.pages import PAGES
    from rules.reference.pages import page as text_of

    if page not in PAGES:
        raise typer.BadParameter(f"expected one of {', '.join(PAGES)}, given `{page}`", param_hint="PAGE")
    if write is None:
        typer.echo(text_of(page), nl=False)
        return
    write.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (write / f"{name}.md").write_text(text_of(name), encoding="utf-8")
    typer.echo(f"wrote {', '.join(f'{name}.md' for name in PAGES)}")
