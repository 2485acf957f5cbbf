"""Fairness: the checks of a decision, their limits, and selection by group."""
