"""One file per kind of demand, found by being here: `SUBJECT`, the owner's column it is for, and `judge`."""
