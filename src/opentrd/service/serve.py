"""``opentrd serve``: finds the data folder and a free port, runs the web app, opens the page."""

from __future__ import annotations

import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opentrd.errors import InputError
from opentrd.service.settings import ServiceSettings, check, read_settings

if TYPE_CHECKING:
    from uvicorn import Server

#: Where nobody asked for a port, so many more are tried after the usual one.
_MORE_PORTS: Final = 20
_QUEUE: Final = 128


def data_folder() -> Path:
    """Return where this system keeps the data of a user's programs."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "OpenTRD"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "OpenTRD"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "opentrd"


def settings_for(
    config: Path | None, host: str | None, port: int | None, folder: Path | None
) -> ServiceSettings:
    """Return the settings of a file, with what the command line says instead."""
    settings = ServiceSettings() if config is None else read_settings(config)
    said: dict[str, Any] = {
        "host": host,
        "port": port,
        "folder": str(folder) if folder else settings.folder or str(data_folder()),
    }
    changed = {name: value for name, value in said.items() if value is not None}
    return check(msgspec.structs.replace(settings, **changed), str(config or "opentrd serve"))


def run(settings: ServiceSettings, *, browser: bool, any_port: bool, note: Callable[[str], None]) -> None:
    """Serve until Ctrl-C. ``any_port``: where the port is taken, the next free one will do."""
    from opentrd.service.app import create_app
    from opentrd.service.service import speak

    speak()
    listening = _listen(settings, _MORE_PORTS if any_port else 0)
    settings = msgspec.structs.replace(settings, port=listening.getsockname()[1])

    def ready() -> None:
        note(f"the web app is at {settings.url} (Ctrl-C ends it)")
        note(f"it keeps in {kept_in(settings)}")
        if browser and has_screen():
            webbrowser.open(settings.url)

    server = _server(create_app(settings), settings, ready)
    try:
        with suppress(KeyboardInterrupt):  # not raised where whoever started us ignores Ctrl-C
            server.run(sockets=[listening])
    finally:
        listening.close()
    note("ended; what was saved is kept")


def has_screen() -> bool:
    """Say whether a browser window can be opened; a browser inside the terminal is not wanted."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _server(app: Any, settings: ServiceSettings, ready: Callable[[], None]) -> Server:
    """Return the server. It writes no line a request: addresses would tell who read what."""
    import uvicorn

    class _Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                ready()

    return _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=settings.mode == "clinic",
            timeout_graceful_shutdown=5,
        )
    )


def _listen(settings: ServiceSettings, more: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    error: OSError | None = None
    for port in range(settings.port, min(settings.port + more, 65535) + 1):
        # TCP by name: asyncio then sends small packets at once instead of some 40 ms later.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((settings.host, port))
            listening.listen(_QUEUE)
        except OSError as refused:
            listening.close()
            error = refused
        else:
            return listening
    what = f"it can't be listened on: {error.strerror if error else ''}"
    raise InputError("opentrd serve", f"{settings.host}:{settings.port}", what, "choose another --port")


def kept_in(settings: ServiceSettings) -> str:
    """Return where it keeps, without the password that an address may hold."""
    from sqlalchemy import make_url

    return make_url(settings.database_url).render_as_string(hide_password=True).removeprefix("sqlite:///")
