"""Serve an app by several workers: ``python -m bench.serving <factory> <port> <workers>``.

As uvicorn itself does it, but that small packets are sent at once: its own socket holds back the last part of
an answer until the client has confirmed the others, about 40 ms, which is no cost of what is measured here.
"""

from __future__ import annotations

import socket
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess


def main(factory: str, port: int, workers: int) -> None:
    """Serve until the end is asked for."""
    config = uvicorn.Config(
        factory, factory=True, port=port, workers=workers, log_level="error", access_log=False
    )
    listening = config.bind_socket()
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Multiprocess(config, sockets=[listening]).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
