"""Reading the code blocks of a page, running its commands and making its requests, so that what a page shows happens."""
import json
import re
import shlex
import urllib.request
from pathlib import Path

from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]


def block(page: str, mark: str) -> str:
    """The code block that follows `<!-- MARK... -->` on a page (a path from the project's root)."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.search(rf"<!-- {mark}[^\n]*-->\n```\w+\n(.*?)```", text, re.DOTALL).group(1)


def run(line: str) -> str:
    """Run `rightful ...` in this process, in the present folder; what it printed on standard output."""
    from rightful.cli.main import app

    done = CliRunner().invoke(app, shlex.split(line, comments=True)[1:])
    assert done.exit_code == 0, (line, done.output)
    return done.stdout


def request(line: str, *, server: str) -> dict[str, object]:
    """Make the request that a curl line stands for, on a server of our own; the JSON answered."""
    words = shlex.split(line)
    address = next(word for word in words if word.startswith("http://"))
    options = dict(zip(words, words[1:], strict=False))
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    made = urllib.request.Request(server + address.removeprefix("http://127.0.0.1:8000"), headers=headers,
                                  data=options["-d"].encode() if "-d" in options else None, method=options.get("-X", "GET"))
    with urllib.request.urlopen(made, timeout=60) as answer:
        return json.load(answer)
