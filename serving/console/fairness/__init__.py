"""Pages about fairness."""
