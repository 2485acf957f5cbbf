"""Reading the code blocks of a page, and running its commands, so that what a page shows is what happens."""
import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]


def block(page: str, mark: str) -> str:
    """The code block that follows `<!-- MARK... -->` on a page (a path from the project's root)."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.search(rf"<!-- {mark}[^\n]*-->\n```\w+\n(.*?)```", text, re.DOTALL).group(1)


def run(line: str) -> str:
    """Run `rightful ...` in this process, in the present folder; what it printed on standard output."""
    from rightful import app

    done = CliRunner().invoke(app, shlex.split(line, comments=True)[1:])
    assert done.exit_code == 0, (line, done.output)
    return done.stdout
