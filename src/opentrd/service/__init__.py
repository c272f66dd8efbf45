"""The service: pages for one person, the standard doors of electronic records, and what a clinic keeps."""
