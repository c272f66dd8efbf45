"""The tables of the service (docs/decisions/0006): days are ordinals, moments seconds since 1970 (UTC)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables."""


class Chart(Base):
    """One person's file: what was brought in and what was said since.

    ``person`` tells whose records are meant where the sources hold several persons.
    """

    __tablename__ = "chart"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person: Mapped[str | None] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(10))
    created: Mapped[int] = mapped_column(BigInteger)
    changed: Mapped[int] = mapped_column(BigInteger)


class Source(Base):
    """A record file of a chart, as it came."""

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    chart: Mapped[str] = mapped_column(ForeignKey("chart.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    added: Mapped[int] = mapped_column(BigInteger)


class SmartLink(Base):
    """Where a chart that was read by SMART comes from, so that it can be read again.

    ``missing`` tells of each resource type that the server did not give, or not whole, why.
    """

    __tablename__ = "smart_link"
    __table_args__ = (Index("smart_link_patient", "issuer", "patient"),)

    chart: Mapped[str] = mapped_column(ForeignKey("chart.id", ondelete="CASCADE"), primary_key=True)
    issuer: Mapped[str] = mapped_column(Text)
    patient: Mapped[str] = mapped_column(Text)
    taken: Mapped[int] = mapped_column(BigInteger)
    missing: Mapped[dict[str, Any]] = mapped_column(JSON)


class Permission(Base):
    """What allows to read a person's record again without a new sign-in: a refresh token of a session."""

    __tablename__ = "permission"

    session: Mapped[str] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    patient: Mapped[str] = mapped_column(Text, primary_key=True)
    token: Mapped[str] = mapped_column(Text)
    kept: Mapped[int] = mapped_column(BigInteger)


class Reading(Base):
    """A record that is read by SMART, for the browser that began it; no token and no person is in it.

    ``told`` is when the worker that reads said so last; ``chart`` is what it is read into, once there is one.
    """

    __tablename__ = "reading"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    session: Mapped[str] = mapped_column(String(64))
    chart: Mapped[str | None] = mapped_column(ForeignKey("chart.id", ondelete="CASCADE"), index=True)
    audience: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(20))
    progress: Mapped[dict[str, Any]] = mapped_column(JSON)
    missing: Mapped[dict[str, Any]] = mapped_column(JSON)
    failure: Mapped[str | None] = mapped_column(String(40))
    ended: Mapped[bool]
    told: Mapped[int] = mapped_column(BigInteger)


class Draft(Base):
    """The form as it stands; ``version`` counts the savings."""

    __tablename__ = "draft"

    chart: Mapped[str] = mapped_column(ForeignKey("chart.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved: Mapped[int] = mapped_column(BigInteger)


class Answer(Base):
    """The answer to a question."""

    __tablename__ = "answer"

    chart: Mapped[str] = mapped_column(ForeignKey("chart.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    saved: Mapped[int] = mapped_column(BigInteger)


class Preference(Base):
    """What matters to the person."""

    __tablename__ = "preference"

    chart: Mapped[str] = mapped_column(ForeignKey("chart.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    weight: Mapped[float]


class FollowUp(Base):
    """What was noted on a day: a score, what one does oneself and gets, a plan."""

    __tablename__ = "follow_up"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    chart: Mapped[str] = mapped_column(ForeignKey("chart.id", ondelete="CASCADE"), index=True)
    day: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved: Mapped[int] = mapped_column(BigInteger)


class Account(Base):
    """A user of a clinic."""

    __tablename__ = "account"
    __table_args__ = (Index("account_subject", "issuer", "subject", unique=True),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    issuer: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(Text)


class Access(Base):
    """Who may see a chart. Without accounts: the one user of the machine."""

    __tablename__ = "access"

    chart: Mapped[str] = mapped_column(ForeignKey("chart.id", ondelete="CASCADE"), primary_key=True)
    account: Mapped[str] = mapped_column(String(40), primary_key=True)


class Session(Base):
    """A browser. Only a hash of its cookie is kept; ``data`` holds what a sign-in needs meanwhile."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str | None] = mapped_column(String(40))
    csrf: Mapped[str] = mapped_column(String(64))
    created: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Audit(Base):
    """One reading or writing of a chart: who, what, when; no data of the person."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    moment: Mapped[int] = mapped_column(BigInteger)
    account: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(40))
    chart: Mapped[str] = mapped_column(String(40), index=True)


class Feedback(Base):
    """What became of a card of CDS Hooks."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    moment: Mapped[int] = mapped_column(BigInteger)
    service: Mapped[str] = mapped_column(String(60))
    card: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(20))
    reasons: Mapped[list[str]] = mapped_column(JSON)


class UsedToken(Base):
    """A token of CDS Hooks that was used (a hash of who made it and what it calls itself), until it ends."""

    __tablename__ = "used_token"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    ends: Mapped[int] = mapped_column(BigInteger, index=True)


class Rate(Base):
    """Requests that workers took for an address (a hash of it and the minute), until the minute ends."""

    __tablename__ = "rate"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    taken: Mapped[int]
    ends: Mapped[int] = mapped_column(BigInteger, index=True)


class Job(Base):
    """Many persons to assess in the background.

    ``asked`` is how they are assessed; ``worker`` works on it ``until`` a moment that it puts off meanwhile,
    so that another goes on with it where that one is gone.
    """

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account: Mapped[str] = mapped_column(String(40))
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    parts: Mapped[int]
    created: Mapped[int] = mapped_column(BigInteger)
    worker: Mapped[str | None] = mapped_column(String(40))
    until: Mapped[int] = mapped_column(BigInteger)


class JobPart(Base):
    """A line or file of a job: its ``body`` until it was worked off, then its ``result`` (both packed)."""

    __tablename__ = "job_part"

    job: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    result: Mapped[bytes | None] = mapped_column(LargeBinary)
    refused: Mapped[bool]
