"""What was KNOWN of each candidate at that moment: events, the as-of state folded from them, the feature matrix."""
