"""What the workers of one service share: tokens used once, requests of a minute, how far readings are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError

from opentrd.service.store import tables as t
from opentrd.service.store.store import new_id, now

if TYPE_CHECKING:
    from opentrd.service.store.store import Store

_TAKE: Final = text(
    "INSERT INTO rate (mark, taken, ends) VALUES (:mark, :many, :ends) "
    "ON CONFLICT (mark) DO UPDATE SET taken = rate.taken + excluded.taken RETURNING taken"
)
#: Seconds for which a worker that says nothing of a reading is waited for.
SILENCE: Final = 30
#: Seconds after which a reading is forgotten; its chart stays.
KEPT: Final = 24 * 3600


def use_once(store: Store, issuer: str, name: str, ends: int) -> bool:
    """Note that a token was used, for as long as it holds; say whether this was the first time."""
    mark = hashlib.sha256(f"{issuer}\n{name}".encode()).hexdigest()
    try:
        with store.transaction() as session:
            session.execute(delete(t.UsedToken).where(t.UsedToken.ends <= now()))
            session.add(t.UsedToken(mark=mark, ends=ends))
    except IntegrityError:
        return False
    return True


def take_requests(store: Store, address: str, minute: int, many: int) -> int:
    """Take requests of an address in a minute (since 1970); return how many were taken before."""
    mark = hashlib.sha256(f"{minute}\n{address}".encode()).hexdigest()
    with store.transaction() as session:
        session.execute(delete(t.Rate).where(t.Rate.ends <= now()))
        row = {"mark": mark, "many": many, "ends": (minute + 1) * 60}
        return int(session.execute(_TAKE, row).scalar_one()) - many


class ReadingStore:
    """The readings of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, browser: str, audience: str, language: str, chart: str | None) -> str:
        """Keep that a reading began for a browser's session, and return its id; old ones are forgotten."""
        row = t.Reading(
            id=new_id(),
            session=browser,
            chart=chart,
            audience=audience,
            language=language,
            progress={},
            missing={},
            failure=None,
            ended=False,
            told=now(),
        )
        with self._store.transaction() as session:
            session.execute(delete(t.Reading).where(t.Reading.told < now() - KEPT))
            session.add(row)
        return row.id

    def tell(self, reading: str, progress: Mapping[str, Any]) -> None:
        """Keep how far a reading is, and that it goes on."""
        with self._store.transaction() as session:
            session.execute(
                update(t.Reading)
                .where(t.Reading.id == reading, t.Reading.ended.is_(False))
                .values(progress=dict(progress), told=now())
            )

    def end(
        self,
        reading: str,
        progress: Mapping[str, Any],
        *,
        chart: str | None = None,
        missing: Mapping[str, str] | None = None,
        failure: str | None = None,
    ) -> None:
        """Keep that a reading ended: with the chart that it made, or why it made none."""
        with self._store.transaction() as session:
            row = session.get(t.Reading, reading)
            if row is not None:
                row.progress, row.missing, row.failure = dict(progress), dict(missing or {}), failure
                row.chart, row.ended, row.told = chart or row.chart, True, now()

    def find(self, reading: str, browser: str) -> t.Reading | None:
        """Return a reading of a browser's session. One whose worker fell silent has ended: it was cut off."""
        with self._store.reading() as session:
            row = session.get(t.Reading, reading)
        if row is None or row.session != browser:
            return None
        if not row.ended and now() - row.told > SILENCE:
            row.ended, row.failure = True, "cut_off"
        return row
