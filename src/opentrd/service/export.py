"""All that is kept of a chart, to take along: as one JSON text, or as a ZIP with the files as they came."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from opentrd.errors import OpenTRDError
from opentrd.service.charts import record_of
from opentrd.service.store.permissions import kept_since

if TYPE_CHECKING:
    from opentrd.service.service import Service
    from opentrd.service.store import tables as t
    from opentrd.service.view import View


def everything(service: Service, chart: t.Chart, view: View) -> dict[str, Any]:
    """Return all that is kept of a chart, with what is read from it and its assessment."""
    store = service.store
    draft = store.draft(chart.id)
    found: dict[str, Any] = {
        "chart": {
            "id": chart.id,
            "label": chart.label,
            "kind": chart.kind,
            "person": chart.person,
            "created": _moment(chart.created),
            "changed": _moment(chart.changed),
        },
        "smart": _smart(service, chart),
        "files": [
            {"name": s.name, "bytes": len(s.body), "added": _moment(s.added)} for s in store.sources(chart.id)
        ],
        "draft": None if draft is None else {"version": draft.version, "body": draft.body},
        "answers": store.answers(chart.id),
        "preferences": store.preferences(chart.id),
        "follow_up": [
            {"day": date.fromordinal(row.day).isoformat(), "kind": row.kind, "value": row.value}
            for row in store.follow_ups(chart.id)
        ],
        "seen_and_changed": [
            {"when": _moment(row.moment), "who": row.account, "action": row.action}
            for row in store.audit(chart.id)
        ],
    }
    try:
        found["record"] = msgspec.to_builtins(record_of(store, chart, service.knowledge))
        found["assessment"] = json.loads(service.assess(chart, view).to_json())
    except OpenTRDError as error:
        found["not_read"] = str(error)
    return found


def _smart(service: Service, chart: t.Chart) -> dict[str, Any] | None:
    """Return where a chart was read from, what was not given, and since when it may be read again."""
    link = service.store.link(chart.id)
    if link is None:
        return None
    server = service.settings.smart_server(link.issuer)
    return {
        "server": link.issuer,
        "name": None if server is None else server.label,
        "patient": link.patient,
        "read": _moment(link.taken),
        "not_given": link.missing,
        "may_be_read_again_since": [
            _moment(kept) for kept in kept_since(service.store, link.issuer, link.patient)
        ],
    }


def packed(service: Service, chart: t.Chart, view: View) -> bytes:
    """Return the same as a ZIP.

    The files as they came are in it, but for a chart that is one person of several: they tell of the others.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chart.json", as_text(everything(service, chart, view)))
        if chart.person is None:
            for source in service.store.sources(chart.id):
                archive.writestr(f"files/{source.name}", source.body)
    return made.getvalue()


def as_text(found: dict[str, Any]) -> str:
    """Return an export as JSON text that a person can read."""
    return json.dumps(found, ensure_ascii=False, indent=1, default=str)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
