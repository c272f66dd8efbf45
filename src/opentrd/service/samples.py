"""The bundled sample persons, looked at in the web app as charts of their own."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from opentrd.demo import SAMPLES, samples

if TYPE_CHECKING:
    from opentrd.service.store import Store
    from opentrd.service.store import tables as t

KIND: Final = "sample"
#: Those shown first on the start page: the commonest story, then one for each thing worth seeing.
FIRST: Final = ("two-failures", "too-low", "tms-esketamine", "wait", "older-heart", "spanish")


@cache
def listed() -> list[dict[str, Any]]:
    """Return the sample persons, those worth a first look in front."""
    order = {name: place for place, name in enumerate(FIRST)}
    return sorted(samples(), key=lambda each: order.get(each["id"], len(order)))


def sample(name: str) -> dict[str, Any] | None:
    """Return the entry of a sample person in the index."""
    return next((each for each in listed() if each["id"] == name), None)


def day_of(chart: t.Chart) -> int | None:
    """Return the day as of which a sample's story is told; ``None`` for any other chart."""
    if chart.kind != KIND:
        return None
    found = next((each for each in listed() if each["name"] == chart.label), None)
    day: date | None = found["as_of"] if found else None
    return day.toordinal() if day else None


def open_sample(store: Store, entry: dict[str, Any], account: str) -> str:
    """Return the chart of a sample person for an account; a new one where there is none yet."""
    for chart in store.charts(account):
        if chart.kind == KIND and chart.label == entry["name"]:
            return chart.id
    body = (SAMPLES / entry["file"]).read_bytes()
    return store.add_chart(entry["name"], KIND, account, {entry["file"]: body})
