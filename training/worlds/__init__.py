"""Simulated companies with known truth."""
