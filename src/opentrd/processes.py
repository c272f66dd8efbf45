"""Processes of this machine that share work, and leave with the one that started them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnContext
from typing import Any, Final

#: New processes are started, not forked: DuckDB and Arrow have threads.
SPAWN: Final[SpawnContext] = get_context("spawn")


def pool(
    processes: int, begin: Callable[..., object] | None = None, arguments: tuple[Any, ...] = ()
) -> ProcessPoolExecutor:
    """Return a pool whose processes end when this one is gone, even when it was killed.

    ``begin`` is called with the arguments in each process before its work.
    """
    return ProcessPoolExecutor(processes, mp_context=SPAWN, initializer=_begin, initargs=(begin, arguments))


def _begin(begin: Callable[..., object] | None, arguments: tuple[Any, ...]) -> None:
    _leave_with_parent()
    if begin is not None:
        begin(*arguments)


def _leave_with_parent() -> None:
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
