"""How many requests an address may still make in this minute, whichever worker they come to.

The store counts for all workers. So that not every request is a write, a worker takes a handful of them at
once and asks again when those are used up. What is let through never exceeds the limit; what a worker took
and did not use is lost to the others until the minute is over.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from anyio import Lock
from anyio.to_thread import run_sync

from opentrd.service.store.shared import take_requests

if TYPE_CHECKING:
    from opentrd.service.store import Store

MINUTE: Final = 60
#: A handful is this part of the limit, and never more than so many.
_PART: Final = 100
_HANDFUL: Final = 100
#: Addresses whose requests a worker counts itself; for those it forgot it asks the store again.
_MOST_ADDRESSES: Final = 4096
_REFUSED: Final = -1


class Rate:
    """The requests of each address that a worker may let through."""

    def __init__(self, most: int, store: Store) -> None:
        self._most = most
        self._handful = max(1, min(most // _PART, _HANDFUL))
        self._store = store
        self._kept: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._asking = Lock()

    async def wait(self, address: str) -> int:
        """Count a request: 0 where it may go on, else the seconds after which the address may try again."""
        minute, second = divmod(int(time.time()), MINUTE)
        if not self._left(address, minute):
            async with self._asking:
                if not self._left(address, minute):
                    await self._take(address, minute)
                return self._use(address, minute, second)
        return self._use(address, minute, second)

    def _left(self, address: str, minute: int) -> int:
        since, left = self._kept.get(address, (minute, 0))
        return left if since == minute else 0

    def _use(self, address: str, minute: int, second: int) -> int:
        left = self._left(address, minute)
        if left == _REFUSED:
            return MINUTE - second
        self._keep(address, minute, left - 1)
        return 0

    async def _take(self, address: str, minute: int) -> None:
        taken = await run_sync(take_requests, self._store, address, minute, self._handful)
        free = min(self._handful, self._most - taken)
        self._keep(address, minute, free if free > 0 else _REFUSED)

    def _keep(self, address: str, minute: int, left: int) -> None:
        self._kept[address] = (minute, left)
        self._kept.move_to_end(address)
        while len(self._kept) > _MOST_ADDRESSES:
            self._kept.popitem(last=False)
