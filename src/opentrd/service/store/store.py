"""Opens the database and hands out transactions; charts with everything that belongs to them.

A change is on the disk before a method returns: SQLite in WAL mode with ``synchronous=FULL``, PostgreSQL as
it is set up.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, delete, event, func, select
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import sessionmaker

from opentrd.service.store import tables as t
from opentrd.service.store.migrations import upgrade

#: Marks a connection whose transactions only read.
_READS: Final = "opentrd_reads"
#: What belongs to a chart and goes with it.
_OF_A_CHART: Final = (
    *(t.Source, t.SmartLink, t.Reading, t.Draft, t.Answer),
    *(t.Preference, t.FollowUp, t.Access),
)
#: The account of the one user of a machine without accounts.
LOCAL_USER: Final = "local"


def new_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_urlsafe(24)


def now() -> int:
    """Return the moment in seconds since 1970."""
    return int(time.time())


class Store:
    """The database of a service."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.engine = _engine(url)
        upgrade(self.engine)
        self._make = sessionmaker(self.engine, expire_on_commit=False)
        self._read = sessionmaker(self.engine.execution_options(**{_READS: True}), expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Give a transaction that is kept whole or not at all; what it read nobody changes meanwhile."""
        with self._make.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Give a transaction that only reads, beside whoever writes."""
        with self._read.begin() as session:
            yield session

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    # Charts

    def add_chart(
        self, label: str, kind: str, account: str, sources: Mapping[str, bytes], person: str | None = None
    ) -> str:
        """Keep a new chart with its record files and return its id."""
        chart = t.Chart(id=new_id(), person=person, label=label, kind=kind, created=now(), changed=now())
        with self.transaction() as session:
            session.add(chart)
            session.flush()
            session.add(t.Access(chart=chart.id, account=account))
            for name, body in sources.items():
                session.add(t.Source(id=new_id(), chart=chart.id, name=name, body=body, added=now()))
            self._note(session, account, "create", chart.id)
        return chart.id

    def chart(self, chart: str, account: str, action: str, *, everyone: bool = False) -> t.Chart | None:
        """Return a chart that an account may see (``everyone``: a clinician's panel), and note the access."""
        with self.transaction() as session:
            found = session.get(t.Chart, chart)
            if found is None or (
                not everyone and session.get(t.Access, {"chart": chart, "account": account}) is None
            ):
                return None
            self._note(session, account, action, chart)
            return found

    def charts(self, account: str, *, everyone: bool = False) -> list[t.Chart]:
        """Return the charts that an account may see, the latest change first."""
        query = select(t.Chart).order_by(t.Chart.changed.desc(), t.Chart.id)
        if not everyone:
            query = query.join(t.Access, t.Access.chart == t.Chart.id).where(t.Access.account == account)
        with self.reading() as session:
            return list(session.scalars(query))

    def sources(self, chart: str) -> list[t.Source]:
        """Return the record files of a chart, the oldest first."""
        with self.reading() as session:
            query = select(t.Source).where(t.Source.chart == chart).order_by(t.Source.added, t.Source.id)
            return list(session.scalars(query))

    def choose_person(self, chart: str, person: str, label: str, account: str) -> None:
        """Say whose records are meant where the files of a chart hold several persons."""
        with self.transaction() as session:
            self._changed(session, chart, account, "choose")
            found = session.get(t.Chart, chart)
            if found is not None:
                found.person, found.label = person, label

    def delete_chart(self, chart: str, account: str) -> None:
        """Forget a chart with everything that belongs to it, the permission to read it again too.

        The audit keeps that it was there.
        """
        with self.transaction() as session:
            link = session.get(t.SmartLink, chart)
            if link is not None:
                of_them = t.Permission.issuer == link.issuer, t.Permission.patient == link.patient
                session.execute(delete(t.Permission).where(*of_them))
            for table in _OF_A_CHART:
                session.execute(delete(table).where(table.chart == chart))
            session.execute(delete(t.Chart).where(t.Chart.id == chart))
            self._note(session, account, "delete", chart)
        self.overwrite()

    def overwrite(self) -> None:
        """Leave nothing of what was deleted in the files of a SQLite database: its journal ends here.

        Pages are overwritten when rows go (``secure_delete``); the journal holds older ones until then.
        """
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    # Charts that came from a FHIR server

    def replace_sources(self, chart: str, account: str, sources: Mapping[str, bytes]) -> None:
        """Keep newer record files of a chart in place of the old ones; what was said since stays."""
        with self.transaction() as session:
            self._changed(session, chart, account, "read_again")
            session.execute(delete(t.Source).where(t.Source.chart == chart))
            for name, body in sources.items():
                session.add(t.Source(id=new_id(), chart=chart, name=name, body=body, added=now()))

    def save_link(self, chart: str, issuer: str, patient: str, missing: Mapping[str, str]) -> None:
        """Keep where a chart was read from, and what was not given."""
        row = t.SmartLink(chart=chart, issuer=issuer, patient=patient, taken=now(), missing=dict(missing))
        with self.transaction() as session:
            session.merge(row)

    def link(self, chart: str) -> t.SmartLink | None:
        """Return where a chart was read from, where it was."""
        with self.reading() as session:
            return session.get(t.SmartLink, chart)

    def linked_chart(self, issuer: str, patient: str, account: str, *, everyone: bool = False) -> str | None:
        """Return the chart that an account already has of a person of a server."""
        query = select(t.SmartLink.chart).where(t.SmartLink.issuer == issuer, t.SmartLink.patient == patient)
        if not everyone:
            query = query.join(t.Access, t.Access.chart == t.SmartLink.chart).where(
                t.Access.account == account
            )
        with self.reading() as session:
            return session.scalar(query.order_by(t.SmartLink.taken.desc()).limit(1))

    # Accounts

    def account(self, issuer: str, subject: str, role: str, name: str) -> t.Account:
        """Return the account of who signed in; the role and the name are as the sign-in says now."""
        query = select(t.Account).where(t.Account.issuer == issuer, t.Account.subject == subject)
        with self.transaction() as session:
            found = session.scalar(query)
            if found is None:
                found = t.Account(id=new_id(), issuer=issuer, subject=subject, role=role, name=name)
                session.add(found)
            found.role, found.name = role, name
            return found

    # What was said since

    def save_answer(self, chart: str, question: str, value: Any, account: str) -> None:
        """Keep the answer to a question; ``None`` takes it back."""
        with self.transaction() as session:
            self._changed(session, chart, account, "answer")
            if value is None:
                session.execute(
                    delete(t.Answer).where(t.Answer.chart == chart, t.Answer.question == question)
                )
            else:
                session.merge(t.Answer(chart=chart, question=question, value=value, saved=now()))

    def answers(self, chart: str) -> dict[str, Any]:
        """Return the answers of a chart by question."""
        with self.reading() as session:
            query = select(t.Answer).where(t.Answer.chart == chart).order_by(t.Answer.question)
            return {row.question: row.value for row in session.scalars(query)}

    def save_preferences(self, chart: str, weights: Mapping[str, float], account: str) -> None:
        """Keep what matters to the person, in place of what was said before."""
        with self.transaction() as session:
            self._changed(session, chart, account, "preferences")
            session.execute(delete(t.Preference).where(t.Preference.chart == chart))
            session.add_all(t.Preference(chart=chart, name=n, weight=w) for n, w in weights.items() if w)

    def preferences(self, chart: str) -> dict[str, float]:
        """Return what matters to the person."""
        with self.reading() as session:
            query = select(t.Preference).where(t.Preference.chart == chart).order_by(t.Preference.name)
            return {row.name: row.weight for row in session.scalars(query)}

    def save_draft(
        self,
        chart: str,
        body: dict[str, Any],
        account: str,
        version: int | None = None,
        source: tuple[str, bytes | None] | None = None,
    ) -> int | None:
        """Keep the form as it stands and return its new version.

        ``version`` is the one that the writer saw: ``None`` comes back, and nothing is changed, where another
        window saved since. ``source`` is the record file that the form makes (its name and body), kept in
        place of the earlier one in the same transaction; without a body there is none any more.
        """
        with self.transaction() as session:
            session.get(t.Chart, chart, with_for_update=True)
            kept = session.get(t.Draft, chart)
            if kept is not None and version is not None and kept.version != version:
                return None
            made = (kept.version if kept else 0) + 1
            session.merge(t.Draft(chart=chart, version=made, body=body, saved=now()))
            if source is not None:
                self._replace_source(session, chart, *source)
            self._changed(session, chart, account, "draft")
            return made

    def draft(self, chart: str) -> t.Draft | None:
        """Return the form as it stands."""
        with self.reading() as session:
            return session.get(t.Draft, chart)

    def add_follow_up(self, chart: str, day: int, kind: str, value: dict[str, Any], account: str) -> str:
        """Keep something noted on a day and return its id."""
        row = t.FollowUp(id=new_id(), chart=chart, day=day, kind=kind, value=value, saved=now())
        with self.transaction() as session:
            self._changed(session, chart, account, "follow_up")
            session.add(row)
        return row.id

    def save_follow_ups(
        self, chart: str, day: int, entries: Mapping[str, tuple[str, dict[str, Any]]], account: str
    ) -> None:
        """Keep what was noted on a day, all of it or nothing: kind and value by id.

        An entry of the chart that has the id already is replaced, so that what is sent twice is kept once.
        """
        with self.transaction() as session:
            self._changed(session, chart, account, "follow_up")
            for entry, (kind, value) in entries.items():
                session.execute(delete(t.FollowUp).where(t.FollowUp.chart == chart, t.FollowUp.id == entry))
                session.add(t.FollowUp(id=entry, chart=chart, day=day, kind=kind, value=value, saved=now()))

    def delete_follow_up(self, chart: str, entry: str, account: str) -> None:
        """Forget something that was noted."""
        with self.transaction() as session:
            self._changed(session, chart, account, "follow_up")
            session.execute(delete(t.FollowUp).where(t.FollowUp.chart == chart, t.FollowUp.id == entry))

    def follow_ups(self, chart: str) -> list[t.FollowUp]:
        """Return what was noted, by day."""
        with self.reading() as session:
            query = select(t.FollowUp).where(t.FollowUp.chart == chart)
            return list(session.scalars(query.order_by(t.FollowUp.day, t.FollowUp.saved, t.FollowUp.id)))

    # Trails

    def audit(self, chart: str) -> list[t.Audit]:
        """Return who read and changed a chart, the oldest first."""
        with self.reading() as session:
            return list(session.scalars(select(t.Audit).where(t.Audit.chart == chart).order_by(t.Audit.id)))

    def add_feedback(self, rows: list[t.Feedback]) -> None:
        """Keep what became of cards."""
        with self.transaction() as session:
            session.add_all(rows)

    def count(self, table: type[t.Base]) -> int:
        """Return how many rows a table has."""
        with self.reading() as session:
            return int(session.scalar(select(func.count()).select_from(table)) or 0)

    def _changed(self, session: Transaction, chart: str, account: str, action: str) -> None:
        """Note a change first of all: who changes a chart holds it until the transaction ends."""
        found = session.get(t.Chart, chart, with_for_update=True)
        if found is not None:
            found.changed = now()
        self._note(session, account, action, chart)

    def _replace_source(self, session: Transaction, chart: str, name: str, body: bytes | None) -> None:
        kept = session.scalar(select(t.Source).where(t.Source.chart == chart, t.Source.name == name))
        if body is None:
            if kept is not None:
                session.delete(kept)
        elif kept is None:
            session.add(t.Source(id=new_id(), chart=chart, name=name, body=body, added=now()))
        else:
            kept.body = body

    def _note(self, session: Transaction, account: str, action: str, chart: str) -> None:
        session.add(t.Audit(moment=now(), account=account, action=action, chart=chart))


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver would begin only when rows change: after what was read
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get(_READS, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
