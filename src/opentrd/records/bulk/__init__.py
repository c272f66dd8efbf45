"""Bulk FHIR: a folder of NDJSON as servers export it becomes record tables, whatever its size.

First every line goes, by the person it belongs to, into one of many small files (``distribute``); then each
of these is read by the reader of History in a pool of processes (``reading``); then DuckDB puts the tables
together, sorted by person (``merge``). ``convert`` runs the three and goes on where it was stopped.
"""
