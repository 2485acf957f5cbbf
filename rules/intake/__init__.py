"""Raw records in, normalised values out, or every problem found at once."""
