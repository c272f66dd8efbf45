"""The field tables of CDS Hooks 2.0 as JSON Schema: what is required, which values there are, nothing else.

Written from the tables of the specification (sections Discovery and CDS Service Response).
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "pattern": r"\S"}
URL = {"type": "string", "pattern": "^https?://"}
CODING = {
    "type": "object",
    "required": ["code", "display"],
    "properties": {"system": TEXT, "code": TEXT, "display": TEXT},
    "additionalProperties": False,
}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    """An object with no field but those named (and ``extension``, which is left to everybody)."""
    allowed = {**properties, "extension": {"type": "object", "minProperties": 1}}
    return {
        "type": "object",
        "required": required,
        "properties": allowed,
        "additionalProperties": False,
        "minProperties": 1,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    """A list that is left out rather than empty."""
    return {"type": "array", "items": of, "minItems": 1}


ACTION: dict[str, Any] = {
    **_object(
        ["type", "description"],
        type={"enum": ["create", "update", "delete"]},
        description=TEXT,
        resource={"type": "object", "required": ["resourceType"]},
        resourceId={"type": "string", "pattern": "^[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}$"},
    ),
    "allOf": [
        {
            "if": {"properties": {"type": {"const": "delete"}}},
            "then": {"required": ["resourceId"]},
            "else": {"required": ["resource"]},
        }
    ],
}
SUGGESTION = _object(
    ["label"], label=TEXT, uuid=TEXT, isRecommended={"type": "boolean"}, actions=_list(ACTION)
)
LINK = {
    **_object(
        ["label", "url", "type"],
        label=TEXT,
        url=URL,
        type={"enum": ["absolute", "smart"]},
        appContext=TEXT,
        autolaunchable={"type": "boolean"},
    ),
    "if": {"required": ["appContext"]},
    "then": {"properties": {"type": {"const": "smart"}}},
}
CARD: dict[str, Any] = {
    **_object(
        ["summary", "indicator", "source"],
        uuid=TEXT,
        summary={**TEXT, "maxLength": 139},
        detail=TEXT,
        indicator={"enum": ["info", "warning", "critical"]},
        source=_object(["label"], label=TEXT, url=URL, icon=URL, topic=CODING),
        suggestions=_list(SUGGESTION),
        selectionBehavior={"enum": ["at-most-one", "any"]},
        overrideReasons=_list(CODING),
        links=_list(LINK),
    ),
    "dependentRequired": {"suggestions": ["selectionBehavior"]},
}
RESPONSE = _object(["cards"], cards={"type": "array", "items": CARD}, systemActions=_list(ACTION))
SERVICE = _object(
    ["hook", "description", "id"],
    hook=TEXT,
    title=TEXT,
    description=TEXT,
    id=TEXT,
    prefetch={"type": "object", "minProperties": 1, "additionalProperties": TEXT},
    usageRequirements=TEXT,
)
DISCOVERY = _object(["services"], services={"type": "array", "items": SERVICE})
