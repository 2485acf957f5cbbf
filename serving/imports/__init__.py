"""Bringing a company's own files in: read, reported, kept whole or not at all."""
