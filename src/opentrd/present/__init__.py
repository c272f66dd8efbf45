"""Showing: statements to words, the terminal, the report, JSON, pictures, data frames."""
