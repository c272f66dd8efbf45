"""A visit: the browser's session, who is behind it, and the token that every changing request must show."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Request, Response

from opentrd.service.store import tables as t
from opentrd.service.store.store import LOCAL_USER, now

if TYPE_CHECKING:
    from opentrd.service.service import Service

COOKIE: Final = "opentrd"
#: The name of the form field and of the header that hold the token.
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"
#: A session that nobody used for so many seconds is over.
IDLE_SECONDS: Final = 8 * 3600
#: How often the time of the last use is written down.
_NOTE_SECONDS: Final = 60


class NotSignedInError(Exception):
    """A page that needs an account was asked for without one."""


class ForgedRequestError(Exception):
    """A changing request came without the token of its session."""


class Visit:
    """One request's session. ``account`` is who acts; ``clinician`` sees the panel."""

    def __init__(self, service: Service, session: t.Session, account: t.Account | None, secure: bool) -> None:
        self.service = service
        self.session = session
        self._account = account
        self.secure = secure
        self.cookie: str | None = None
        #: Whether the browser takes packed pages.
        self.packed = False

    @property
    def account(self) -> str:
        """The account that acts. Raises ``NotSignedInError`` where there is none."""
        if self.service.settings.mode == "local":
            return LOCAL_USER
        if self._account is None:
            raise NotSignedInError
        return self._account.id

    @property
    def clinician(self) -> bool:
        """Whether the whole panel may be seen. On a machine without accounts there is but one user."""
        return self._account is not None and self._account.role == "clinician"

    @property
    def name(self) -> str:
        """What the account is called; nothing without accounts."""
        return self._account.name if self._account else ""

    @property
    def csrf(self) -> str:
        """The token that forms carry."""
        return self.session.csrf

    def check_csrf(self, given: str | None) -> None:
        """Refuse a changing request that does not show the session's token."""
        if not self.shows_csrf(given):
            raise ForgedRequestError

    def shows_csrf(self, given: str | None) -> bool:
        """Say whether the token is that of the session."""
        return given is not None and hmac.compare_digest(given.encode(), self.csrf.encode())

    def chart(self, chart: str, action: str) -> t.Chart | None:
        """Return a chart that this visit may see, and note the access."""
        return self.service.store.chart(chart, self.account, action, everyone=self.clinician)

    def keep(self, **data: Any) -> None:
        """Remember values with the session; ``None`` forgets one."""
        kept = {name: value for name, value in {**self.session.data, **data}.items() if value is not None}
        with self.service.store.transaction() as transaction:
            row = transaction.get(t.Session, self.session.id)
            if row is not None:
                row.data = kept
        self.session.data = kept

    def sign_in(self, account: t.Account) -> None:
        """Make this visit an account's: under a new cookie, so that an old one is worth nothing."""
        with self.service.store.transaction() as transaction:
            old = transaction.get(t.Session, self.session.id)
            if old is not None:
                transaction.delete(old)
        self.session, self.cookie = new_session(self.service, account.id)
        self._account = account

    def sign_out(self) -> None:
        """Forget the session."""
        with self.service.store.transaction() as transaction:
            row = transaction.get(t.Session, self.session.id)
            if row is not None:
                transaction.delete(row)
        self.session, self.cookie = new_session(self.service, None)
        self._account = None

    def set_cookie(self, response: Response) -> Response:
        """Give the browser its cookie, where it is new."""
        if self.cookie is not None:
            response.set_cookie(
                COOKIE, self.cookie, httponly=True, samesite="lax", secure=self.secure, path="/"
            )
        return response


def new_session(service: Service, account: str | None) -> tuple[t.Session, str]:
    """Keep a new session and return it with the value of its cookie."""
    cookie = secrets.token_urlsafe(32)
    row = t.Session(
        id=_hash(cookie), account=account, csrf=secrets.token_urlsafe(32), created=now(), seen=now(), data={}
    )
    with service.store.transaction() as transaction:
        transaction.add(row)
    return row, cookie


def visit(request: Request) -> Visit:
    """Return the visit of a request; a browser that is new, or was idle for long, gets a new session."""
    service: Service = request.app.state.service
    secure = service.settings.url.startswith("https://")
    cookie = request.cookies.get(COOKIE)
    made = _known(service, cookie, secure)
    if made is None:
        fresh, value = new_session(service, None)
        made = Visit(service, fresh, None, secure)
        made.cookie = value
    made.packed = "gzip" in request.headers.get("accept-encoding", "").replace(" ", "").split(",")
    return made


def _known(service: Service, cookie: str | None, secure: bool) -> Visit | None:
    """Return the visit of a browser whose session goes on."""
    with service.store.transaction() as transaction:
        row = transaction.get(t.Session, _hash(cookie)) if cookie else None
        if row is not None and now() - row.seen <= IDLE_SECONDS:
            if now() - row.seen > _NOTE_SECONDS:
                row.seen = now()
            account = transaction.get(t.Account, row.account) if row.account else None
            return Visit(service, row, account, secure)
    return None


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


Visiting = Annotated[Visit, Depends(visit)]
