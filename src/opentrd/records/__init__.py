"""Reading: FHIR, history sheets and other sources become the record."""
