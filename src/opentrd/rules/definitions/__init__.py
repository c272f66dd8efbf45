"""One file for each kind of definition: each counts what its definitions ask for, in its own unit."""
