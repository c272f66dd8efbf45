"""How tightly a report is set: the first density that keeps it on three pages is taken."""

from __future__ import annotations

from typing import Final

import msgspec

MOST_PAGES: Final = 3


class Density(msgspec.Struct, frozen=True, kw_only=True):
    """``size`` of the letters in points, and how much of each list is shown before "and more"."""

    size: float
    bars: int
    cards: int
    evidence: int
    practice: bool
    brief: bool
    background: bool = False
    trials: int | None = None
    lines: int = 4


CLINICIAN: Final = (
    Density(size=9.4, bars=12, cards=12, evidence=4, practice=True, brief=False, background=True),
    Density(size=8.8, bars=12, cards=12, evidence=3, practice=True, brief=False, background=True),
    Density(size=8.4, bars=10, cards=12, evidence=2, practice=True, brief=False, background=True, lines=2),
    Density(size=8.2, bars=10, cards=10, evidence=1, practice=False, brief=True, lines=2),
    Density(size=7.8, bars=8, cards=8, evidence=1, practice=False, brief=True, trials=30, lines=1),
    Density(size=7.4, bars=6, cards=6, evidence=0, practice=False, brief=True, trials=20, lines=1),
)
PATIENT: Final = (
    Density(size=12, bars=8, cards=8, evidence=0, practice=True, brief=False, background=True),
    Density(size=11.5, bars=8, cards=8, evidence=0, practice=True, brief=True, background=True, lines=2),
    Density(size=11, bars=8, cards=7, evidence=0, practice=False, brief=True, background=True, lines=2),
    Density(size=10.5, bars=7, cards=6, evidence=0, practice=False, brief=True, trials=25, lines=1),
    Density(size=10, bars=6, cards=5, evidence=0, practice=False, brief=True, trials=14, lines=1),
)
