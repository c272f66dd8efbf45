"""How an assessment is asked for: the parameters of an address, checked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from fastapi import Depends, Query, Request

from opentrd.errors import InputError
from opentrd.service.view import View, view_of

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words
    from opentrd.records.model import Record
    from opentrd.service.service import Service

#: Days outside of these are a slip of the pen.
_YEARS: Final = range(1900, 2400)
_TEXT: Final = 200
_PREFERENCES: Final = 100


class Asked(msgspec.Struct, frozen=True):
    """What was asked for beside the record. Plain data, so that a job can keep it."""

    view: View
    preferences: dict[str, float] = {}
    texts: bool = True

    def assess(self, record: Record, answers: dict[str, object], service: Service) -> Assessment:
        """Assess a record as it was asked for."""
        from opentrd.assessing import assess

        return assess(
            record,
            as_of=self.view.as_of,
            knowledge=service.knowledge,
            instrument=self.view.instrument,
            region=self.view.region,
            language=self.view.language,
            audience=self.view.audience,
            answers=answers,
            preferences=self.preferences,
        )

    def words(self, service: Service) -> Words:
        """Return the words to show it with."""
        return service.words(self.view.language, self.view.audience)


def asked(
    service: Service,
    *,
    as_of: str | None = None,
    audience: str | None = None,
    language: str | None = None,
    region: str | None = None,
    instrument: str | None = None,
    prefer: list[str] | None = None,
    texts: bool = True,
) -> Asked:
    """Return what was asked for, checked. Raises ``InputError`` naming the parameter."""
    view = view_of(
        audience,
        language,
        region,
        usual=service.usual_view().with_audience("clinician"),
        instrument=instrument,
        as_of=None if as_of is None else _day(as_of),
    )
    return Asked(view, dict(_weight(each) for each in (prefer or ())[:_PREFERENCES]), texts)


async def asking(
    request: Request,
    as_of: Annotated[
        str | None,
        Query(
            description="The day of the assessment; today where not given.",
            json_schema_extra={"format": "date"},
        ),
    ] = None,
    audience: Annotated[
        str | None, Query(alias="for", description="Whose words: `clinician` (the usual) or `patient`.")
    ] = None,
    language: Annotated[str | None, Query(description="`en` or `es`.")] = None,
    region: Annotated[
        str | None, Query(description="Where the person is: `us`, `uk`, `eu`, `ca`, `au`.")
    ] = None,
    instrument: Annotated[
        str | None, Query(max_length=_TEXT, description="Fills in what a definition leaves open.")
    ] = None,
    prefer: Annotated[
        list[str] | None, Query(description="What matters to the person, as `name=weight`; may be repeated.")
    ] = None,
    texts: Annotated[bool, Query(description="False leaves the words out and keeps the data.")] = True,
) -> Asked:
    """Return what the address asks for. Raises ``InputError`` naming the parameter."""
    return asked(
        request.app.state.service,
        as_of=as_of,
        audience=audience,
        language=language,
        region=region,
        instrument=instrument,
        prefer=prefer,
        texts=texts,
    )


def _day(text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise InputError("request", "as_of", "this is not a day", "write it such as 2026-07-01")
    return day.toordinal()


def _weight(text: str) -> tuple[str, float]:
    name, _, weight = text.partition("=")
    try:
        return name.strip(), float(weight)
    except ValueError:
        raise InputError(
            "request", "prefer", "this is not name=weight", "write such as weight_gain=2"
        ) from None


Asking = Annotated[Asked, Depends(asking)]
