"""The life of a rule book: examined, compared, published, rolled back."""
