"""The environments of peers: each in a ``.venv`` of its own, made from the locked requirements in its folder.

They are apart because peers want other versions than OpenTRD does (``cardinal_pythonlib``: NumPy below 2).
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, Final

PEERS: Final = Path(__file__).parent


class NotRunError(Exception):
    """A peer could not be installed or failed; the text says which and why."""


def python_of(peer: str) -> Path:
    """Return the interpreter of a peer's environment; make it where it is missing or was made of others."""
    lock = PEERS / peer / "requirements.txt"
    folder = PEERS / peer / ".venv"
    stamp = folder / "stamp"
    python = folder / "bin" / "python"
    made_of = hashlib.sha256(repr(sys.version_info[:2]).encode() + lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != made_of:
        venv.create(folder, with_pip=True, clear=True)
        install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", "--no-deps"]
        done = subprocess.run([python, *install, "--require-hashes", "-r", str(lock)], check=False)
        if done.returncode:
            raise NotRunError(f"could not install {peer}/{lock.name}")
        stamp.write_text(made_of)
    return python


def ask(peer: str, *arguments: str) -> dict[str, Any]:
    """Run ``run.py`` of a peer in its environment and return what it prints: JSON, times in seconds."""
    command = [str(python_of(peer)), "-W", "ignore", str(PEERS / peer / "run.py"), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise NotRunError(done.stderr.strip().splitlines()[-1])
    found: dict[str, Any] = json.loads(done.stdout)
    return found
