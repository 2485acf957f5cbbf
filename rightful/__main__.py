"""`python -m rightful`: the command line."""
from rightful.cli.main import main

main()
