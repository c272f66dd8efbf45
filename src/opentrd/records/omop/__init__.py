"""Reads OMOP CDM 5.3 and 5.4: opening, maps of concepts, mapping to record tables, writing them."""
