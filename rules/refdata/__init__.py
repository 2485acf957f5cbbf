"""Reference data: countries, languages, postal codes, time zones, working time, and how texts are compared."""
