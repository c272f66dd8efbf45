"""The rules, specified as small tables: rows in, rows out. ``harness`` reads and compares them."""
