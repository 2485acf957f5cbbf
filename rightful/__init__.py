"""Rightful for Python: open a workspace, decide, explain, learn."""
