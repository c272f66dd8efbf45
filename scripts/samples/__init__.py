"""The sample persons: invented people with invented histories, written as records."""
