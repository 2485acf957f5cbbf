"""Somebody leaves: who takes their open items, what the rule book says of them, and carrying that out."""
