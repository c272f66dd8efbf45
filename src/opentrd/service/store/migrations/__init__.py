"""Brings a database to the newest shape of the tables, with Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

#: Services that start at the same moment wait for each other under this number.
_LOCK: Final = 0x0917D


def upgrade(engine: Engine) -> None:
    """Apply every migration that a database lacks: all of them, or none where one fails or is cut off."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # SQLite is held by the transaction itself
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
