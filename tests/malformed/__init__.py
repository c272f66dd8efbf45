"""Inputs that are wrong: each ends with a message that names file and place, never with a traceback."""
