"""The front door: the command line, composed from each group's commands; nothing else."""
import sys

import typer

from rightful.cli import bench, compare, report, rules, serve, train
from rightful.cli.learning import past, retrain
from rules.errors import RightfulError

app = typer.Typer(
    name="rightful", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="The rightful owner for every lead, account, renewal, churn task and case: rules decide who may, "
         "a model ranks who should, and every decision is explained, checked and logged.",
)
app.add_typer(rules.app, name="rules")
compare.register(rules.app)
serve.register(app)
train.register(app)
retrain.register(app)
past.register(app)
report.register(app)
bench.register(app)


def main() -> None:
    """Run the command line."""
    run(app, "rightful")


def run(commands: typer.Typer, name: str) -> None:
    """Run a command; a refusal is a message and exit 1, never a traceback."""
    try:
        commands(prog_name=name)
    except RightfulError as refused:
        print(refused, file=sys.stderr)
        sys.exit(1)
