# ruff: noqa: SIM905
"""What each status means: the word of the record, or the reason why a line with it is not used.

One table a resource type, as documented in ``docs/reading.md``. A status that R4 does not know is an error.
"""

from __future__ import annotations

from typing import Final

from opentrd.records.fhir.dates import BadValueError

#: Status -> status of the row; ``!`` and a reason where the line is not used.
MEDICATION_REQUEST: Final = {
    "active": "active",
    "on-hold": "on_hold",
    "cancelled": "!cancelled",
    "completed": "completed",
    "entered-in-error": "!entered_in_error",
    "stopped": "stopped",
    "draft": "!draft",
    "unknown": "unknown",
}
MEDICATION_DISPENSE: Final = {
    "preparation": "!not_dispensed_yet",
    "in-progress": "!not_dispensed_yet",
    "cancelled": "!cancelled",
    "on-hold": "!not_dispensed_yet",
    "completed": "completed",
    "entered-in-error": "!entered_in_error",
    "stopped": "stopped",
    "declined": "stopped",
    "unknown": "unknown",
}
MEDICATION_STATEMENT: Final = {
    "active": "active",
    "completed": "completed",
    "entered-in-error": "!entered_in_error",
    "intended": "intended",
    "stopped": "stopped",
    "on-hold": "on_hold",
    "unknown": "unknown",
    "not-taken": "!not_taken",
}
MEDICATION_ADMINISTRATION: Final = {
    "in-progress": "active",
    "not-done": "!not_done",
    "on-hold": "on_hold",
    "completed": "completed",
    "entered-in-error": "!entered_in_error",
    "stopped": "stopped",
    "unknown": "unknown",
}
#: Whether a result holds: empty where it does.
OBSERVATION: Final = {
    "registered": "!registered",
    "preliminary": "",
    "final": "",
    "amended": "",
    "corrected": "",
    "cancelled": "!cancelled",
    "entered-in-error": "!entered_in_error",
    "unknown": "!status_unknown",
}
QUESTIONNAIRE_RESPONSE: Final = {
    "in-progress": "",
    "completed": "",
    "amended": "",
    "entered-in-error": "!entered_in_error",
    "stopped": "",
}
PROCEDURE: Final = {
    "preparation": "!not_started",
    "in-progress": "active",
    "not-done": "!not_done",
    "on-hold": "on_hold",
    "stopped": "stopped",
    "completed": "completed",
    "entered-in-error": "!entered_in_error",
    "unknown": "unknown",
}
ENCOUNTER: Final = {
    "planned": "!planned",
    "arrived": "active",
    "triaged": "active",
    "in-progress": "active",
    "onleave": "active",
    "finished": "completed",
    "cancelled": "!cancelled",
    "entered-in-error": "!entered_in_error",
    "unknown": "unknown",
}
CARE_PLAN: Final = {
    "draft": "!draft",
    "active": "active",
    "on-hold": "on_hold",
    "revoked": "stopped",
    "completed": "completed",
    "entered-in-error": "!entered_in_error",
    "unknown": "unknown",
}
ACTIVITY: Final = {
    "not-started": "!not_started",
    "scheduled": "!not_started",
    "in-progress": "active",
    "on-hold": "on_hold",
    "completed": "completed",
    "cancelled": "!cancelled",
    "stopped": "stopped",
    "unknown": "unknown",
    "entered-in-error": "!entered_in_error",
}
SERVICE_REQUEST: Final = {
    "draft": "!draft",
    "active": "intended",
    "on-hold": "intended",
    "revoked": "!cancelled",
    "completed": "completed",
    "entered-in-error": "!entered_in_error",
    "unknown": "unknown",
}
DEVICE: Final = {
    "active": "active",
    "inactive": "stopped",
    "entered-in-error": "!entered_in_error",
    "unknown": "unknown",
}
DEVICE_USE: Final = {
    "active": "active",
    "completed": "completed",
    "entered-in-error": "!entered_in_error",
    "intended": "!planned",
    "stopped": "stopped",
    "on-hold": "on_hold",
}
FAMILY: Final = {
    "partial": "",
    "completed": "",
    "entered-in-error": "!entered_in_error",
    "health-unknown": "!no_condition",
}
INTENT: Final = frozenset(
    "proposal plan directive order original-order reflex-order filler-order instance-order option".split()
)


def meaning(table: dict[str, str], status: str | None, field: str = "status") -> tuple[str, str | None]:
    """Return the status of the row and the reason why the line is not used (or ``None``).

    A missing status reads as unknown and does not speak against the line.
    """
    if status is None:
        return "unknown", None
    word = status.strip().lower()
    if word not in table:
        known = ", ".join(table)
        raise BadValueError(field, f'"{status[:30]}" is no status of FHIR R4', f"it may be {known}")
    found = table[word]
    return ("unknown", found[1:]) if found.startswith("!") else (found or "unknown", None)


def check_intent(intent: str | None) -> str:
    """Return the intent (an order where none is given); ``BadValueError`` where R4 does not know it."""
    if intent is None:
        return "order"
    word = intent.strip().lower()
    if word not in INTENT:
        raise BadValueError(
            "intent", f'"{intent[:30]}" is no intent of FHIR R4', f"it may be {', '.join(sorted(INTENT))}"
        )
    return word
