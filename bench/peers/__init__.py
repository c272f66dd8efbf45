"""Other programs that OpenTRD is measured beside."""
