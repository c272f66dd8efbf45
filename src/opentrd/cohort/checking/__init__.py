"""Checks of a source: what is wrong with it, what it lacks, and what that means for the answer."""
