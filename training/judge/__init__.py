"""Judging what was learnt, beside baselines."""
