"""Work that keeps a core busy, done in a thread, one piece at a time in a process.

Several at once would only take turns within each piece, and all would be late; pages and the network go on
beside it. A call with many persons lets others in after each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

T = TypeVar("T")

_limiter: Final[RunVar[CapacityLimiter]] = RunVar("turns")


async def in_turn(work: Callable[[], T]) -> T:
    """Do one piece of work when its turn comes, and return what it gives."""
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(1)
        _limiter.set(limiter)
    return await run_sync(work, limiter=limiter)


async def each_in_turn(made: Iterator[T]) -> list[T]:
    """Return all that is made; making each is a piece of its own."""
    found: list[T] = []
    while (each := await in_turn(lambda: next(made, None))) is not None:
        found.append(each)
    return found
