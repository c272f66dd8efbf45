"""How a next step is judged for one person: what was tried, which medicines, which fit, which place."""
