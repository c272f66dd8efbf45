"""Real servers for the tests: Medplum's FHIR server in node, and any ASGI app on a free port."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

FOLDER = Path(__file__).parents[1] / "fhir_server"
SAMPLES = Path(__file__).parents[3] / "src/opentrd/samples"
SET_UP = "the FHIR server of the tests does not start: run scripts/ensure_fhir_server.sh"


@contextmanager
def fhir_server() -> Iterator[str]:
    """Run the FHIR server and give its address; it ends with its standard input."""
    with subprocess.Popen(
        ["node", "server.mjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        line = process.stdout.readline()
        assert line, SET_UP
        yield f"http://127.0.0.1:{json.loads(line)['port']}"
        process.stdin.close()
        process.wait(10)


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[str]:
    """Serve an ASGI app on a free port of the local address and give its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def bring_in(fhir: str, sample: str) -> str:
    """Put a sample person on the FHIR server and return the person's id."""
    text = (SAMPLES / f"{sample}.json").read_text(encoding="utf-8")
    resources = [entry["resource"] for entry in json.loads(text)["entry"]]
    types = {resource["id"]: resource["resourceType"] for resource in resources}
    with httpx2.Client() as client:
        for resource in resources:
            body = re.sub(r"urn:uuid:([0-9a-f-]+)", lambda m: f"{types[m[1]]}/{m[1]}", json.dumps(resource))
            put(client, fhir, json.loads(body))
    return next(str(name) for name, kind in types.items() if kind == "Patient")


def put(client: httpx2.Client, fhir: str, resource: dict[str, Any]) -> None:
    url = f"{fhir}/{resource['resourceType']}/{resource['id']}"
    response = client.put(url, json=resource)
    assert response.status_code in (200, 201), response.text
