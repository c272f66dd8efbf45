"""Starts the real server again and again, quickly: each a fork of a process that has everything loaded.

``python -m tests.service.store.nursery FOLDER`` listens on a free port and prints it. For each line of its
input it forks a server and prints the process id; when that one is killed it prints how it ended. The port
stays open meanwhile: who calls between two servers waits, as for any that starts.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile

import uvicorn
from starlette.testclient import TestClient

from opentrd.service.app import create_app
from opentrd.service.settings import Limits, ServiceSettings


def main(folder: str) -> None:
    """Start a server for each line."""
    _warm()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(16)
    port = listening.getsockname()[1]
    _say(port)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            _serve(folder, port, listening)
        _say(child)
        _say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _warm() -> None:
    """Load what is loaded at the first request, so that the forks need not."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(ServiceSettings(folder=folder))
        uvicorn.Config(app).load()
        with TestClient(app, base_url="http://127.0.0.1") as client:
            assert client.get("/").status_code == 200
            assert client.get("/write").status_code == 200
            assert client.get("/sample/two-failures").status_code == 200


def _serve(folder: str, port: int, listening: socket.socket) -> None:
    import faulthandler

    faulthandler.dump_traceback_later(4)
    limits = Limits(requests_per_minute=1_000_000)  # counted over all the servers of a minute
    app = create_app(ServiceSettings(folder=folder, port=port, limits=limits))
    uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False)).run(sockets=[listening])
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
