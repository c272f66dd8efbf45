"""Persons with a known truth, and what a record keeps of it."""
