"""How each check of the table ``review`` is looked at: one file a theme."""
