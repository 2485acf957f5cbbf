"""What is kept: tables, migrations, the single writer."""
