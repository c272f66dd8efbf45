"""Where a population comes from: an OMOP database, a bulk FHIR export, or record tables."""
