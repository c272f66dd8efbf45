"""What every row of a table has, and the words that columns share."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

import msgspec

Status: TypeAlias = Literal["seen", "derived", "from_memory", "ours"]
YesNo: TypeAlias = Literal["yes", "no"]
Kind: TypeAlias = Literal["medicine", "psychotherapy", "stimulation", "lifestyle", "comedication"]


class Row(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What every row has. ``local`` marks rows of a clinic's own overlay."""

    source: str
    status: Status
    checked: date
    local: bool = False
