"""The command line: every command, and every table a terminal shows."""
