"""Who may own an item: the stages, compliance, availability, and the funnel that accounts for everyone."""
