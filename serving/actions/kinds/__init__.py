"""Actions on a decision, one module each: what it is to every door (`KIND`) and what it does; found by being here."""
