"""What a change of the rule book does: differences proved, items simulated."""
