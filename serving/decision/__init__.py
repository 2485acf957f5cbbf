"""The decision itself, pure: bundle, score, explore, explain, checks, document."""
