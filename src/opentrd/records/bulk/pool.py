"""A pool of processes for work that comes in pieces; one process does it itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from typing import Any, TypeAlias, TypeVar

from opentrd.processes import SPAWN, pool

T = TypeVar("T")
S = TypeVar("S")
R = TypeVar("R")
Told: TypeAlias = Callable[[int], None]

#: Seconds between two looks at how far the processes are.
LOOK = 0.5

_state: Any = None
_done: Any = None


def _begin(make: Callable[[], object], done: object) -> None:
    global _state, _done
    _state, _done = make(), done


def _add(n: int) -> None:
    with _done.get_lock():
        _done.value += n


def _work(function: Callable[[T, S, Told], R], piece: T) -> R:
    return function(piece, _state, _add)


def run(
    function: Callable[[T, S, Told], R],
    pieces: Sequence[T],
    make: Callable[[], S],
    processes: int,
    told: Told,
) -> Iterator[R]:
    """Give the results of a function over pieces, as they come.

    ``function`` takes a piece, what ``make`` made once for its process, and what to tell of progress;
    ``told`` is given the sum of what was told. An error ends all.
    """
    if processes <= 1 or len(pieces) <= 1:
        yield from _alone(function, pieces, make, told)
        return
    done = SPAWN.Value("q", 0)
    with pool(min(processes, len(pieces)), _begin, (make, done)) as workers:
        waiting = {workers.submit(_work, function, piece) for piece in pieces}
        while waiting:
            ready, waiting = wait(waiting, LOOK, FIRST_COMPLETED)
            told(done.value)
            for one in ready:
                yield one.result()


def _alone(
    function: Callable[[T, S, Told], R], pieces: Sequence[T], make: Callable[[], S], told: Told
) -> Iterator[R]:
    state = make()
    total = 0
    last = 0.0

    def add(n: int) -> None:
        nonlocal total, last
        total += n
        now = time.monotonic()
        if now - last >= LOOK:
            last = now
            told(total)

    for piece in pieces:
        yield function(piece, state, add)
        told(total)
