"""A real PostgreSQL server for tests: made in a temporary folder, reached by a socket in it alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MISSING = "the tests need PostgreSQL, and there is none: run scripts/ensure_system.sh postgres"


@contextmanager
def server() -> Iterator[str]:
    """Run a server while the test lasts; give the address of a database that is empty."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    user = _user(folder)
    data = folder / "data"
    try:
        _run("initdb", "-D", str(data), "-A", "trust", "-U", "opentrd", "-E", "UTF8", "--no-sync", user=user)
        options = f"-c listen_addresses='' -k {folder}"
        _run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start", user=user)
        try:
            yield f"postgresql+psycopg://opentrd@/postgres?host={folder}"
        finally:
            _run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop", user=user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def program(name: str) -> str:
    """Return where a program of the server is; fail in words where it is not."""
    found = shutil.which(name)
    if found is None:
        debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        if not debian:
            raise AssertionError(_MISSING)
        found = str(debian[-1])
    return found


def _user(folder: Path) -> str | None:
    """The server refuses to run as root: then it runs as its own user, or as nobody."""
    if os.geteuid() != 0:
        return None
    names = {each.pw_name for each in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    os.chown(folder, pwd.getpwnam(name).pw_uid, -1)
    return name


def _run(name: str, *arguments: str, user: str | None) -> None:
    with tempfile.TemporaryFile() as told:
        ended = subprocess.run(
            [program(name), *arguments],
            user=user,
            stdout=told,
            stderr=told,
            stdin=subprocess.DEVNULL,
            cwd="/",
        )
        told.seek(0)
        assert ended.returncode == 0, f"{name} failed: {told.read().decode()[-2000:]}"
