"""A Circe cohort, its SQL made by ``duckcdm``, run by DuckDB: three antidepressants begun within a year."""
