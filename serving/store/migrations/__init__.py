"""The store's migrations, run by serving/store/migrating.py; add one file to `versions/` per change of tables.py."""
