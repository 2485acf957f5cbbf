"""Golden decisions: what a workspace decides for a file of items, one normalised document per line, to compare two codes.

`python -m tests.golden_decisions write WORKSPACE ITEMS.csv --at MOMENT --out F` routes the items on a copy of the workspace;
`compare F G` says which items were decided otherwise, and in which parts.
"""
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from rules.refdata.times import parse_instant
from serving.runtime.batch import BatchOptions, route
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace

#: What differs from run to run, or from release to release, and decides nothing.
_LEFT_OUT = ("decision_id", "timings_us")

app = typer.Typer(help=__doc__, add_completion=False)


def normalised(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document without what says nothing of the decision."""
    kept = {name: value for name, value in document.items() if name not in _LEFT_OUT}
    kept["versions"] = {name: value for name, value in document["versions"].items() if name != "code"}
    kept["route"] = {name: value for name, value in document["route"].items() if name != "via"}
    return kept


def decided(workspace: Path, items: Path, at: str) -> Iterator[dict[str, Any]]:
    """What a workspace decides for a file of items, in the file's order; the workspace itself is left as it was."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(workspace, Path(folder) / "ws"))
        with closing(Workspace.at(copy)) as opened:
            for row in route(Live(opened), items.read_text(), file=items.name, wish=BatchOptions(at=parse_instant(at)),
                             track=lambda rows, _total: rows):
                if row["decision_id"] is not None:
                    yield normalised(orjson.loads(opened.store.decision(row["decision_id"]).canonical))


@app.command()
def write(workspace: Path, items: Path, at: Annotated[str, typer.Option()], out: Annotated[Path, typer.Option()]) -> None:
    """Decide every item and write the documents, a line each."""
    lines = [orjson.dumps(document, option=orjson.OPT_SORT_KEYS) + b"\n" for document in decided(workspace, items, at)]
    out.write_bytes(b"".join(lines))
    typer.echo(f"{len(lines)} documents in {out}")


@app.command()
def compare(golden: Path, other: Path) -> None:
    """Which items of two golden files were decided otherwise; exit code 1 where any was."""
    one, two = _by_item(golden), _by_item(other)
    different = [item for item in {**one, **two} if one.get(item) != two.get(item)]
    for item in different:
        here, there = one.get(item, {}), two.get(item, {})
        parts = [name for name in sorted({*here, *there}) if here.get(name) != there.get(name)]
        typer.echo(f"{item}: {', '.join(parts) if here and there else 'in one file only'}")
    typer.echo(f"{len({**one, **two}) - len(different)} of {len({**one, **two})} the same")
    raise typer.Exit(1 if different else 0)


def _by_item(file: Path) -> dict[str, dict[str, Any]]:
    documents = map(orjson.loads, file.read_bytes().splitlines())
    return {document["item"]["item_id"]: document for document in documents}


if __name__ == "__main__":
    app()
