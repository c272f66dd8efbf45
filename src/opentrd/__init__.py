"""OpenTRD: which treatments for depression were proper trials, and what they did.

``opentrd.read(path)`` gives the records of an input, ``opentrd.assess(record)`` an assessment. Both are
imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentrd.assessing import assess
    from opentrd.assessment import Assessment
    from opentrd.run import records as read
    from opentrd.version import __version__

__all__ = ["Assessment", "__version__", "assess", "read"]

_HOME = {
    "Assessment": "opentrd.assessment",
    "__version__": "opentrd.version",
    "assess": "opentrd.assessing",
    "read": "opentrd.run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'opentrd' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOME[name]), "records" if name == "read" else name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
