"""`rightful bench`: hands over to the checkout's bench, which is not part of the installed package."""
import os
import subprocess
import sys
from pathlib import Path

import typer

from rules.errors import Refused

#: The folder that holds both this package and, in a checkout, `bench/`.
_CHECKOUT = Path(__file__).resolve().parents[2]


def register(app: typer.Typer) -> None:
    """Add the command; what follows it belongs to the bench."""
    app.command("bench", context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
                epilog="Examples: `rightful bench`, `rightful bench --requests 300 --json`, `rightful bench rules`")(bench)


def bench(context: typer.Context) -> None:
    """Time decisions, the rule book and the matching side by side; only in a checkout (`rightful bench --help` there)."""
    if not (_CHECKOUT / "bench" / "commands.py").is_file():
        raise Refused("the bench is not part of the installed package; run `rightful bench` from a checkout of the source")
    paths = os.pathsep.join([str(_CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run([sys.executable, "-m", "bench.commands", *context.args], check=False,
                          env={**os.environ, "PYTHONPATH": paths})
    raise typer.Exit(done.returncode)
