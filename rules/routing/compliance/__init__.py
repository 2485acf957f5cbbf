"""One file per kind of hard rule; each answers with a verdict and its evidence."""
