"""Permissions to read a person's record again: refresh tokens, each with the session that got it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, select

from opentrd.service.store import tables as t
from opentrd.service.store.store import now

if TYPE_CHECKING:
    from opentrd.service.store.store import Store


def keep(store: Store, session: str, issuer: str, patient: str, token: str | None, idle: int) -> None:
    """Keep a refresh token with its session, in place of the one before; ``None`` forgets it.

    Sessions that nobody used for ``idle`` seconds go at the same time, with the tokens of theirs.
    """
    with store.transaction() as transaction:
        transaction.execute(delete(t.Session).where(t.Session.seen < now() - idle))
        transaction.execute(delete(t.Permission).where(*_of(session, issuer, patient)))
        if token and transaction.get(t.Session, session) is not None:
            transaction.add(
                t.Permission(session=session, issuer=issuer, patient=patient, token=token, kept=now())
            )


def token_of(store: Store, session: str, issuer: str, patient: str) -> str | None:
    """Return the refresh token of a session for a person's record, where there is one."""
    with store.reading() as transaction:
        return transaction.scalar(select(t.Permission.token).where(*_of(session, issuer, patient)))


def kept_since(store: Store, issuer: str, patient: str) -> list[int]:
    """Return when each permission for a person's record was kept: none where each reading asks anew."""
    query = select(t.Permission.kept).where(t.Permission.issuer == issuer, t.Permission.patient == patient)
    with store.reading() as transaction:
        return list(transaction.scalars(query.order_by(t.Permission.kept)))


def _of(session: str, issuer: str, patient: str) -> tuple[ColumnElement[bool], ...]:
    row = t.Permission
    return row.session == session, row.issuer == issuer, row.patient == patient
