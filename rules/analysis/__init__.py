"""Exact analysis of a rule book: a rule is a box of items, and what is said of boxes holds of every item."""
