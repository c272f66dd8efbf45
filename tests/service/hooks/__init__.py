"""CDS Hooks: cards, refusals, signatures, reading from a server, feedback."""
