"""What is offered: one service a hook, each with the context that its hook gives and what to prefetch."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from opentrd.present.words import Words
from opentrd.service.hooks.prefetch import templates


class HookService(msgspec.Struct, frozen=True):
    """A service: its id, its hook, and the fields that the hook's context must have."""

    id: str
    hook: str
    needs: tuple[str, ...]


PATIENT_VIEW: Final = HookService("opentrd-patient-view", "patient-view", ("userId", "patientId"))
ORDER_SELECT: Final = HookService(
    "opentrd-order-select", "order-select", ("userId", "patientId", "selections", "draftOrders")
)
ORDER_SIGN: Final = HookService("opentrd-order-sign", "order-sign", ("userId", "patientId", "draftOrders"))
SERVICES: Final = {each.id: each for each in (PATIENT_VIEW, ORDER_SELECT, ORDER_SIGN)}


def discovery(words: Words) -> dict[str, Any]:
    """Return the answer of the discovery endpoint."""
    return {"services": [_described(each, words) for each in SERVICES.values()]}


def _described(service: HookService, words: Words) -> dict[str, Any]:
    return {
        "hook": service.hook,
        "title": words.text(f"hooks.title.{service.hook}"),
        "description": words.text(f"hooks.description.{service.hook}"),
        "id": service.id,
        "prefetch": templates(words.knowledge),
        "usageRequirements": words.text("hooks.usage"),
    }
