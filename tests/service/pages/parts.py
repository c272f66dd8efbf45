"""A service of its own for each test: in a folder that goes away, seen by a client or by a browser."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.testclient import TestClient

from opentrd.demo import SAMPLES
from opentrd.service.app import create_app
from opentrd.service.service import Service
from opentrd.service.settings import Limits, ServiceSettings

HTML = {"accept": "text/html"}


@contextmanager
def client(folder: Path, **limits: Any) -> Iterator[TestClient]:
    """Give a client of a service that keeps in a folder."""
    settings = ServiceSettings(folder=str(folder), limits=Limits(**limits))
    with TestClient(create_app(settings), base_url="http://127.0.0.1", headers=HTML) as found:
        yield found


@contextmanager
def served(folder: Path, **limits: Any) -> Iterator[str]:
    """Give the address of a service that a browser can open."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        app = create_app(ServiceSettings(folder=str(folder), port=port, limits=Limits(**limits)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


def service(found: TestClient) -> Service:
    """Return the service behind a client."""
    made: Any = found.app
    assert isinstance(made.state.service, Service)
    return made.state.service


def token(found: TestClient) -> str:
    """Return the token that the forms of this client's session carry."""
    said = re.search(r'name="csrf" value="([^"]+)"', found.get("/").text)
    assert said
    return said[1]


def upload(found: TestClient, *files: tuple[str, bytes], **more: Any) -> Any:
    """Send files as the form of the start page does."""
    sent = [("files", (name, body)) for name, body in files]
    data = more.pop("data", None) or {"csrf": token(found)}
    return found.post("/open", files=sent, data=data, follow_redirects=False, **more)


def sample(name: str) -> bytes:
    """Return the record of a sample person."""
    return (SAMPLES / name).read_bytes()
