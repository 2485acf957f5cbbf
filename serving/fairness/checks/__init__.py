"""One file per fairness check, found by being here.

`ID`, `NAME`, `ASKS` (its question in a line), `LOOKS_AT` (one kind of facts) and `judge`: facts -> verdict, number, limit.
"""
