"""Pages about rule books."""
