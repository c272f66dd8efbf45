"""How an assessment is asked for: whose words, which language and region, as of which day."""

from __future__ import annotations

from datetime import datetime

import msgspec

from opentrd.errors import InputError
from opentrd.present.safety import REGIONS
from opentrd.present.words import AUDIENCES, languages


class View(msgspec.Struct, kw_only=True, frozen=True):
    """What a page, a card or a file shows an assessment with."""

    audience: str = "patient"
    language: str = "en"
    region: str | None = None
    instrument: str | None = None
    as_of: int

    def with_language(self, language: str) -> View:
        """Return the same view in another language."""
        return msgspec.structs.replace(self, language=language)

    def with_audience(self, audience: str) -> View:
        """Return the same view for another reader."""
        return msgspec.structs.replace(self, audience=audience)

    def with_region(self, region: str | None) -> View:
        """Return the same view for another place, or for none that is known."""
        return msgspec.structs.replace(self, region=region)

    def query(self) -> str:
        """Return the view as it stands in an address, without what is the usual."""
        parts = {"for": self.audience, "language": self.language, "region": self.region}
        return "&".join(f"{name}={value}" for name, value in parts.items() if value)


def today() -> int:
    """Return the day where the service is."""
    return datetime.now().astimezone().date().toordinal()


def day_of(moment: int) -> int:
    """Return the day of a moment (seconds since 1970) where the service is."""
    return datetime.fromtimestamp(moment).astimezone().date().toordinal()


def view_of(
    audience: str | None,
    language: str | None,
    region: str | None,
    *,
    usual: View | None = None,
    instrument: str | None = None,
    as_of: int | None = None,
) -> View:
    """Return the view that was asked for, checked. Raises ``InputError`` naming the parameter."""
    base = usual or View(as_of=today())
    made = View(
        audience=audience or base.audience,
        language=language or base.language,
        region=region or base.region,
        instrument=instrument or base.instrument,
        as_of=as_of if as_of is not None else base.as_of,
    )
    for name, value, known in (
        ("for", made.audience, AUDIENCES),
        ("language", made.language, languages()),
        ("region", made.region, (None, *REGIONS)),
    ):
        if value not in known:
            choices = ", ".join(str(each) for each in known if each)
            raise InputError("request", name, f"unknown: {value}", f"use one of: {choices}")
    return made
