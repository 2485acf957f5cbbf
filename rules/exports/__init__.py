"""Exports of other systems: one module each, which reads what it wrote and tells every repair."""
