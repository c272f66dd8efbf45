"""How a page was asked for: ``?for=patient&language=es&region=us``, checked."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from opentrd.service.view import View, view_of
from opentrd.service.visit import Visiting


def viewing(
    visit: Visiting,
    audience: Annotated[str | None, Query(alias="for")] = None,
    language: Annotated[str | None, Query()] = None,
    region: Annotated[str | None, Query()] = None,
) -> View:
    """Return the view that the address asks for. Raises ``InputError`` naming the parameter."""
    return view_of(audience, language, region, usual=visit.service.usual_view())


Viewing = Annotated[View, Depends(viewing)]
