"""The rule book: format, strict loading, compiled form."""
