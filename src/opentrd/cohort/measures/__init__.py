"""Quality measures: what a clinic must report of its care of depression, person by person, with reasons.

``record`` is what a measure looks at, ``reading`` makes it of FHIR, ``cms128``, ``cms159`` and ``cms2`` judge
it, ``counting`` adds up, ``text``, ``data`` and ``report`` show it.
"""
