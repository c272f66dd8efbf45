"""Reading FHIR R4: bundles, single resources, NDJSON and bulk exports become records."""
