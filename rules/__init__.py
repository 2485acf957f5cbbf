"""Who MAY own it: the shared vocabulary, intake, the rule book, compliance, eligibility. Pure; imports no other room."""
