"""Processes of this machine that share work, and leave with the one that started them.

An interrupt from the keyboard reaches every process of a command. Only the one that started the others heeds
it, and ends them.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, connection, parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from types import FrameType, TracebackType
from typing import Any, Final


class _Worker(SpawnProcess):
    """A process that no interrupt finds before it can ignore it."""

    def start(self) -> None:
        with _no_interrupt():
            super().start()


class _Context(SpawnContext):
    Process = _Worker


#: New processes are started, not forked: DuckDB and Arrow have threads.
SPAWN: Final = _Context()


class _Pool(ProcessPoolExecutor):
    """A pool that is left at once after an error, and waits for nobody."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if kind is not None:
            self.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                if isinstance(child, _Worker):
                    child.terminate()
        return super().__exit__(kind, error, trace)


def pool(
    processes: int, begin: Callable[..., object] | None = None, arguments: tuple[Any, ...] = ()
) -> ProcessPoolExecutor:
    """Return a pool whose processes end when this one is gone, even when it was killed.

    ``begin`` is called with the arguments in each process before its work. Left with an error, an interrupt
    among them, its processes are ended, whatever they are at.
    """
    return _Pool(processes, mp_context=SPAWN, initializer=_begin, initargs=(begin, arguments))


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Keep interrupts from what is started meanwhile; here they wait, also those that another thread got."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    waiting: list[tuple[int, FrameType | None]] = []
    heeding = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if main and callable(heeding):
        signal.signal(signal.SIGINT, lambda number, frame: waiting.append((number, frame)))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if main and callable(heeding):
            signal.signal(signal.SIGINT, heeding)
            if waiting:
                heeding(*waiting[0])


def _begin(begin: Callable[..., object] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
