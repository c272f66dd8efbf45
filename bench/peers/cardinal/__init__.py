"""``cardinal_pythonlib``: two antidepressants, each mentioned again a course later, one after the other."""
