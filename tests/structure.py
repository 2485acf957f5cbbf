"""The house in figures: how full its folders are, which import each other, circles of modules, lines by room.

`python -m tests.structure [TREE ...]` prints one column a checkout, so that two can be held side by side.
"""
import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

ROOMS = ("rules", "features", "serving", "training", "rightful", "bench")


def modules_of(tree: Path) -> dict[str, Path]:
    """Every module of the product by its dotted name; a room may be a single file."""
    files = [path for room in ROOMS for path in (*(tree / room).rglob("*.py"), tree / f"{room}.py") if path.is_file()]
    return {".".join(path.relative_to(tree).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


def imports_of(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """The modules of the product that a file imports, wherever in it, by name in a text as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in inner]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        yield from (name for name in names if name in known and known[name] != path)


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules each of which reaches every other (Tarjan's strongly connected components of two or more)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph.get(name, ()):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name):]
            del stack[stack.index(name):]
            found.extend([sorted(group)] if len(group) > 1 else [])

    for name in graph:
        if name not in index:
            visit(name)
    return found


def figures(tree: Path) -> dict[str, object]:
    """What is measured of one checkout."""
    known = modules_of(tree)
    graph = {name: set(imports_of(path, known)) for name, path in known.items()}
    sizes = Counter(path.parent for path in known.values() if path.name != "__init__.py")
    arrows: dict[tuple[Path, Path], int] = defaultdict(int)
    for name, others in graph.items():
        for other in others:
            ours, theirs = known[name].parent, known[other].parent
            if ours != theirs and ours not in theirs.parents and theirs not in ours.parents:
                arrows[ours, theirs] += 1
    mutual = sorted((a, b) for a, b in arrows if (b, a) in arrows and a < b)
    lines = Counter({room: sum(len(path.read_text(encoding="utf-8").splitlines()) for name, path in known.items()
                               if name.split(".")[0] == room) for room in ROOMS})
    return {"modules": len(known), "folders": len(sizes), "files in the fullest folder": max(sizes.values()),
            "files in a folder, median": median(sizes.values()),
            "folders of more than 24 files": sum(count > 24 for count in sizes.values()),
            "pairs of folders that import each other": len(mutual), "circles of modules": len(circles(graph)),
            "longest file": max(len(path.read_text(encoding="utf-8").splitlines()) for path in known.values()),
            **{f"lines of {room}": count for room, count in lines.items()}, "lines in all": sum(lines.values())}


def main(trees: list[str]) -> None:
    """Print the figures of each tree side by side."""
    columns = [figures(Path(tree)) for tree in trees or ["."]]
    for name in columns[0]:
        print(f"{name:42}" + "".join(f"{column[name]!s:>12}" for column in columns))


if __name__ == "__main__":
    main(sys.argv[1:])
