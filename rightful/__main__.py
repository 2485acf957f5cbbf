"""`rightful`, also `python -m rightful`: the command line, where all four rooms are ours."""
import sys

from rightful.rooms import foreign_room


def main() -> None:
    """Start the command line; exit 1 with one sentence where a foreign package stands in the way."""
    if (foreign := foreign_room()) is not None:
        sys.exit(foreign)
    from rightful.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main()
