"""OpenTRD: which treatments for depression were proper trials, and what they did.

``opentrd.read(path)`` gives the records of an input, ``opentrd.assess(record)`` an assessment. Both are
imported when first used.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentrd.assess import assess
    from opentrd.assessment import Assessment
    from opentrd.run import records as read
    from opentrd.version import __version__

__all__ = ["Assessment", "__version__", "assess", "read"]

_HOME = {
    "Assessment": "opentrd.assessment",
    "__version__": "opentrd.version",
    "assess": "opentrd.assess",
    "read": "opentrd.run",
}


class _Package(ModuleType):
    """Keeps ``opentrd.assess`` the function when the module of that name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'opentrd' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOME[name]), "records" if name == "read" else name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
