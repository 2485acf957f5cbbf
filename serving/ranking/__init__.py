"""Ranking the eligible: the model bundle, slate, exploration, rotation, and why the model abstains."""
