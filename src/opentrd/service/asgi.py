"""The web app for a server with several workers: ``uvicorn --factory opentrd.service.asgi:make_app``.

The environment variable ``OPENTRD_SETTINGS`` names the settings file; without it the usual settings hold.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opentrd.service.app import create_app
from opentrd.service.serve import settings_for
from opentrd.service.service import speak

if TYPE_CHECKING:
    from fastapi import FastAPI

SETTINGS: Final = "OPENTRD_SETTINGS"


def make_app() -> FastAPI:
    """Return the web app of the settings that the environment names."""
    speak()
    named = os.environ.get(SETTINGS)
    return create_app(settings_for(Path(named) if named else None, None, None, None))
