"""Which account an item belongs to: company names, domains, the index and the match."""
