"""Persons to show: those made by hand and the bundled samples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import msgspec

from opentrd.assessing import assess
from opentrd.assessment import Assessment
from opentrd.demo import SAMPLES, samples
from opentrd.knowledge.loader import load
from opentrd.present.words import Words
from opentrd.records.read import read
from opentrd.statement import Statement
from tests.present import builders


@cache
def bundled() -> dict[str, Assessment]:
    """Return the assessments of the sample persons by id."""
    known = load()
    return {
        sample["id"]: assess(record, as_of=sample["as_of"], knowledge=known)
        for sample in samples()
        for record in read(SAMPLES / sample["file"], known)
    }


def everyone() -> dict[str, Assessment]:
    """Return all persons by name."""
    return {build.__name__: build() for build in builders.ALL} | bundled()


def words(audience: str = "clinician", strict: bool = True) -> Words:
    return Words("en", audience, load(), strict=strict)


def statements(found: object) -> Iterator[Statement]:
    """Return every statement inside an assessment."""
    if isinstance(found, Statement):
        yield found
    elif isinstance(found, msgspec.Struct):
        if isinstance(found, Assessment):
            yield from statements([found.review, found.options, list(found.cautions), list(found.background)])
        for field in found.__struct_fields__:
            yield from statements(getattr(found, field))
    elif isinstance(found, (list, tuple)):
        for item in found:
            yield from statements(item)
    elif isinstance(found, dict):
        for item in found.values():
            yield from statements(item)


def with_audience(a: Assessment, audience: str, region: str | None = None) -> Assessment:
    """Return an assessment as it is for another reader."""
    settings = msgspec.structs.replace(a.settings, audience=audience, region=region)
    return msgspec.structs.replace(a, settings=settings)


def words_in(language: str, audience: str) -> Words:
    """Return words in another language; a missing message is an error."""
    return Words(language, audience, load(), strict=True)
