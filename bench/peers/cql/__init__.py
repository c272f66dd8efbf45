"""The published quality measures, run as they are by ``cql-execution``."""
