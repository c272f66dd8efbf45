"""What the parts of the service share: settings, store, knowledge, words."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import Final

from opentrd.assessing import rule_book
from opentrd.assessment import Assessment
from opentrd.knowledge.loader import load
from opentrd.present.words import Words
from opentrd.service.charts import assess_chart
from opentrd.service.settings import ServiceSettings
from opentrd.service.store import Store
from opentrd.service.store import tables as t
from opentrd.service.view import View, today

#: What the service says of itself: never anything of a person.
LOG: Final = logging.getLogger("opentrd.service")


def speak() -> None:
    """Have what the service says of itself written to standard error, the reasons of a silence too."""
    if not LOG.handlers:
        written = logging.StreamHandler()
        written.setFormatter(logging.Formatter("opentrd: %(message)s"))
        LOG.addHandler(written)
        LOG.setLevel(logging.INFO)


class Service:
    """One running service."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.store = Store(settings.database_url)
        self.knowledge = load(Path(settings.knowledge) if settings.knowledge else None)
        rule_book(self.knowledge)
        self.words = lru_cache(maxsize=16)(self._words)

    def _words(self, language: str, audience: str) -> Words:
        return Words(language, audience, self.knowledge)

    def usual_view(self) -> View:
        """How an assessment is shown where nothing else was asked for."""
        return View(language=self.settings.language, region=self.settings.region, as_of=today())

    def assess(self, chart: t.Chart, view: View) -> Assessment:
        """Assess a chart."""
        return assess_chart(self.store, chart, self.knowledge, view)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
