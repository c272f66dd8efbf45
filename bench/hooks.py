"""What a CDS Hooks ``patient-view`` costs beside the bare assessment of the same record: at most twice."""

from __future__ import annotations

import json
import logging
import tempfile
import time
import uuid
from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from bench.record import busy_bundle
from opentrd.assessing import assess
from opentrd.records.read import read_files
from opentrd.service.app import create_app
from opentrd.service.hooks.calls import read_call
from opentrd.service.hooks.cards import card, chosen
from opentrd.service.hooks.discovery import PATIENT_VIEW
from opentrd.service.hooks.patient_view import view_findings
from opentrd.service.hooks.reading import assess_call
from opentrd.service.service import Service
from opentrd.service.settings import ServiceSettings
from opentrd.service.view import today

PATH = f"/cds-services/{PATIENT_VIEW.id}"
KEYS = {
    "MedicationDispense": "medicationDispenses",
    "Condition": "conditions",
    "Observation": "observations",
}

TIMES = 100


def measure() -> dict[str, list[float]]:
    """Return the times of the bare assessment, of a call to its cards, and of the same over the web."""
    logging.getLogger("opentrd").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.ERROR)
    body = json.dumps(view_call()).encode()
    with tempfile.TemporaryDirectory() as folder:
        settings = ServiceSettings(folder=folder)
        service = Service(settings)
        files = {
            key: json.dumps(part).encode()
            for key, part in json.loads(body)["prefetch"].items()
            if part is not None
        }

        def bare() -> object:
            record = read_files(files, service.knowledge).one()
            return assess(record, as_of=today(), knowledge=service.knowledge)

        with TestClient(create_app(settings), base_url=settings.url) as web:
            kind = {"content-type": "application/json"}
            found = in_turn(
                {
                    "bare": bare,
                    "cards": lambda: cards(body, service),
                    "web": lambda: web.post(PATH, content=body, headers=kind).raise_for_status(),
                }
            )
        service.close()
        return found


def in_turn(works: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Run several works in turn, so that a busy moment meets all, and return their sorted milliseconds."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for number in range(TIMES + 3):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            if number > 2:
                found[name].append((time.perf_counter() - start) * 1000)
    return {name: sorted(times) for name, times in found.items()}


def cards(body: bytes, service: Service) -> list[dict[str, Any]]:
    """Return the cards of a call, without the web around it."""
    call = read_call(body, PATIENT_VIEW)
    words = service.words("en", "clinician")
    assessment, _ = assess_call(call, None, service)
    findings, _ = view_findings(assessment, words, call.patient)
    return [card(finding, words, service.settings, launch=False) for finding in chosen(findings)]


def view_call() -> dict[str, Any]:
    """Return a call with the record of the busy person as prefetch."""
    resources = [entry["resource"] for entry in busy_bundle()["entry"]]
    prefetch: dict[str, Any] = {"patient": resources[0], "medicationRequests": None}
    for kind, key in KEYS.items():
        entries = [{"resource": r} for r in resources if r["resourceType"] == kind]
        prefetch[key] = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid.uuid4()),
        "context": {"userId": "Practitioner/1", "patientId": resources[0]["id"]},
        "prefetch": prefetch,
    }
