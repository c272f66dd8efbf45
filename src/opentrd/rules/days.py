"""Days and weeks: the one number of the calendar that every stage shares."""

from __future__ import annotations

from typing import Final

DAYS_PER_WEEK: Final = 7
