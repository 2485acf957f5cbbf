"""Who there is: owners, memberships, absences and accounts from their files."""
