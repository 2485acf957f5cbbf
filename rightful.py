"""The front door: the command line, composed from each room's commands; nothing else."""
import sys

import typer

import bench.commands
import rules.commands
import rules.commands_reference
import serving.commands
import serving.comparing_commands
import training.commands
from rules.errors import RightfulError

app = typer.Typer(
    name="rightful", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="The rightful owner for every lead, account, renewal, churn task and case: rules decide who may, "
         "a model ranks who should, and every decision is explained, checked and logged.",
)
app.add_typer(rules.commands.app, name="rules")
serving.comparing_commands.register(rules.commands.app)
rules.commands_reference.register(rules.commands.app)
serving.commands.register(app)
training.commands.register(app)
bench.commands.register(app)


def main() -> None:
    """Run a command; a refusal is a message and exit 1, never a traceback."""
    try:
        app(prog_name="rightful")
    except RightfulError as refused:
        print(refused, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
