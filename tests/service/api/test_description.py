"""Schemathesis asks the whole interface what its description allows, and what it does not.

``make test`` gives it about a minute. A server error is a failure, whatever was sent.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance
from starlette.testclient import TestClient

from opentrd.service.app import create_app
from opentrd.service.settings import Limits, ServiceSettings

#: Seconds for all operations together.
SECONDS: Final = 45.0
HOST: Final = {"host": "127.0.0.1:8321"}


def written(_: Any, value: Any) -> bytes:
    """How a body is sent: texts as they are, everything else as JSON."""
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "replace") if isinstance(value, str) else msgspec.json.encode(value)


schemathesis.serializer(
    *(
        "application/fhir+ndjson",
        "application/x-ndjson",
        "text/csv",
        "application/zip",
        "application/fhir+json",
    )
)(written)


@pytest.fixture
def schema(tmp_path: Path) -> Any:
    limits = Limits(requests_per_minute=1_000_000)
    app = create_app(ServiceSettings(folder=str(tmp_path), limits=limits))
    found = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HOST)
    found.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    return found


def test_no_request_makes_a_server_error(schema: Any) -> None:
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) > 8
    for operation in operations:
        asked = ask(operation, time.monotonic() + SECONDS / len(operations))
        assert asked > 0, operation.label


def ask(operation: Any, ends: float) -> int:
    """Ask one operation until a moment; return how often."""
    asked = 0

    @given(case=operation.as_strategy())
    @settings(
        max_examples=300,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Any) -> None:
        nonlocal asked
        if time.monotonic() < ends or not asked:
            answer = case.call(headers=HOST)
            case.validate_response(answer, checks=[not_a_server_error, content_type_conformance])
            asked += 1

    call()
    return asked


def test_the_examples_of_the_description_are_answered(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path, kinds in (("/assess", 6), ("/assess/batch", 2), ("/fhir/$evaluate-trd", 2)):
        content = paths[path]["post"]["requestBody"]["content"]
        shown = [(kind, each) for kind, each in content.items() if "example" in each or "examples" in each]
        assert len(shown) == kinds, path
        for kind, each in shown:
            for body in [e["value"] for e in each.get("examples", {}).values()] or [each["example"]]:
                answer = client.post(path, content=written(None, body), headers={"content-type": kind})
                assert answer.status_code in (200, 202), (path, kind, answer.text[:300])
