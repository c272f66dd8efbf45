"""What the OpenAPI description says of the interface: bodies, answers, refusals, examples of sample persons.

Answers are made as bytes and never checked against these while the service runs; a test compares them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opentrd.assessing import rule_book
from opentrd.rules.measured import VALUE, askable, unit_of
from opentrd.service.api.given import CSV, JSON, LINES, YAML
from opentrd.service.api.refusals import FHIR_JSON, SCHEMA

if TYPE_CHECKING:
    from fastapi import FastAPI

    from opentrd.rules.rulebook import RuleBook

_REF: Final = "#/components/schemas/"
_OBJECT: Final[dict[str, Any]] = {"type": "object"}
_TEXT: Final[dict[str, Any]] = {"type": "string"}
_REFUSED: Final[dict[str, Any]] = {"application/json": {"schema": {"$ref": f"{_REF}Refusal"}}}
_OUTCOME: Final[dict[str, Any]] = {FHIR_JSON: {"schema": _OBJECT}}
_WHY: Final = {
    400: "The body is not what it calls itself.",
    401: "Nobody is signed in (in a clinic).",
    403: "The call comes from a page of another site.",
    413: "Too much at once.",
    415: "The content type is not read here, or the body is compressed.",
    422: "A parameter or the record is not understood.",
}


def refusals(*more: int, content: dict[str, Any] = _REFUSED) -> dict[int | str, dict[str, Any]]:
    """Return the refusals of a route: those that all have, and more."""
    return {
        code: {"description": why, "content": content}
        for code, why in (*_WHY.items(), *((c, _MORE[c]) for c in more))
    }


_MORE: Final = {
    404: "There is no such job of this account.",
    409: "The job is still under way.",
    429: "Too many jobs of this account at once.",
}

_VALUE: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["value"],
            "properties": {
                "value": {"type": "number", "exclusiveMinimum": 0},
                "unit": _TEXT,
                "day": {"type": "string", "format": "date"},
            },
        },
    ]
}
_BODY: Final[dict[str, Any]] = {
    "anyOf": [
        {
            "type": "object",
            "description": "A FHIR R4 resource: a Bundle, or another.",
            "required": ["resourceType"],
            "properties": {"resourceType": _TEXT},
        },
        {
            "type": "object",
            "additionalProperties": False,
            "description": "A FHIR resource as record, or a history sheet: its text (CSV or YAML), or an "
            "object built as the YAML sheet is. With answers by id, and what matters.",
            "properties": {
                "record": _OBJECT,
                "sheet": {"anyOf": [_OBJECT, _TEXT]},
                "answers": {"$ref": f"{_REF}Answers"},
                "preferences": {"type": "object", "additionalProperties": {"type": "number"}},
            },
        },
    ]
}
_ASSESSMENT: Final[dict[str, Any]] = {"$ref": f"{_REF}AssessmentOut"}
_CONTENT: Final = {
    **{kind: {"schema": {"$ref": f"{_REF}RecordOrSheet"}} for kind in JSON},
    **{kind: {"schema": _TEXT} for kind in (LINES[0], LINES[1], CSV[0], YAML[0])},
}

ASSESS: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "description": "The assessment; of several persons one object a line.",
            "content": {"application/json": {"schema": _ASSESSMENT}, LINES[1]: {"schema": _TEXT}},
        },
        **refusals(),
    },
    "openapi_extra": {"requestBody": {"required": True, "content": _CONTENT}},
}
OPERATION: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "description": "A Bundle of what was found (docs/fhir-out.md).",
            "content": {FHIR_JSON: {"schema": _OBJECT}},
        },
        **refusals(content=_OUTCOME),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"$ref": f"{_REF}EvaluateParameters"}} for kind in JSON},
        }
    },
}
BATCH: Final[dict[str, Any]] = {
    "responses": {
        202: {
            "description": "The job is kept; its address is in Location.",
            "content": {"application/json": {"schema": {"$ref": f"{_REF}Job"}}},
            "headers": {"Location": {"schema": _TEXT}},
        },
        **refusals(429),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                **{kind: {"schema": _TEXT} for kind in LINES[:2]},
                "application/zip": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
}
JOB: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "content": {"application/json": {"schema": {"$ref": f"{_REF}Job"}}},
            "description": "How far it is.",
        },
        **refusals(404),
    }
}
RESULT: Final[dict[str, Any]] = {
    "responses": {
        200: {"content": {LINES[1]: {"schema": _TEXT}}, "description": "One assessment or refusal a line."},
        **refusals(404, 409),
    }
}
DELETED: Final[dict[str, Any]] = {
    "responses": {204: {"description": "Nothing of it is kept any more."}, **refusals(404)}
}

_JOB: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["job", "state", "parts", "done", "refused", "created", "kept_until", "result"],
    "properties": {
        "job": _TEXT,
        "state": {"enum": ["waiting", "running", "done"]},
        "parts": {"type": "integer", "description": "Lines of the body, or files of the archive."},
        "done": {"type": "integer"},
        "refused": {"type": "integer", "description": "Parts that could not be read; the result says why."},
        "created": {"type": "string", "format": "date-time"},
        "kept_until": {"type": "string", "format": "date-time"},
        "result": {"anyOf": [_TEXT, {"type": "null"}]},
    },
}
_PARAMETERS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["resourceType", "parameter"],
    "properties": {
        "resourceType": {"const": "Parameters"},
        "parameter": {
            "type": "array",
            "items": {"type": "object", "required": ["name"], "properties": {"name": _TEXT}},
        },
    },
}


def describe(app: FastAPI) -> None:
    """Let the description of an app tell of bodies and answers, with examples: made when it is asked for."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = plain()
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            schemas |= {
                "Refusal": SCHEMA,
                "Job": _JOB,
                "EvaluateParameters": _PARAMETERS,
                "RecordOrSheet": _BODY,
                "Answers": _answers(rule_book(app.state.service.knowledge)),
            }
            schemas |= _contract()
            _show_samples(found["paths"])
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]


def _answers(book: RuleBook) -> dict[str, Any]:
    """Describe the answers: any by the id of a question, and the measured values that can be told."""
    return {
        "type": "object",
        "description": "By the id of a question of an earlier answer; or a measured value, which holds as of "
        "the day of the assessment, in the unit named here, where day and unit are not told.",
        "properties": {
            f"{VALUE}{concept}": {
                **_VALUE,
                "description": f"{book.observations[concept].name}, in {unit_of(concept, book)}.",
            }
            for concept in askable(book)
        },
    }


@cache
def _contract() -> dict[str, Any]:
    from opentrd.present.contract import AssessmentOut

    _, schemas = msgspec.json.schema_components([AssessmentOut], ref_template=_REF + "{name}")
    return dict(schemas)


def _show_samples(paths: dict[str, Any]) -> None:
    """Put sample persons beside the bodies: a record, a sheet in each form, a batch, an operation."""
    from opentrd.demo import SAMPLES

    record = msgspec.json.decode((SAMPLES / "two-failures.json").read_bytes())
    line = msgspec.json.encode({"sheet": _SHEET, "answers": {}}).decode()
    bodies = {path: paths[path]["post"]["requestBody"]["content"] for path in ("/assess", "/assess/batch")}
    for kind in JSON:
        bodies["/assess"][kind]["examples"] = {
            "a FHIR record": {"value": record},
            "a history sheet": {"value": {"sheet": _SHEET}},
            "with a measured value": {"value": {"sheet": _SHEET, "answers": {"value:egfr": 62}}},
        }
        paths["/fhir/$evaluate-trd"]["post"]["requestBody"]["content"][kind]["example"] = {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "asOf", "valueDate": "2026-07-01"},
                {"name": "record", "resource": record},
                {
                    "name": "answer",
                    "part": [
                        {"name": "question", "valueString": "value:egfr"},
                        {"name": "value", "valueQuantity": {"value": 62, "unit": "mL/min/1.73 m2"}},
                        {"name": "day", "valueDate": "2026-06-20"},
                    ],
                },
            ],
        }
    lines = "\n".join(msgspec.json.encode(entry["resource"]).decode() for entry in record["entry"])
    bodies["/assess"][LINES[0]]["example"] = bodies["/assess"][LINES[1]]["example"] = lines
    bodies["/assess"][CSV[0]]["example"] = _CSV
    bodies["/assess"][YAML[0]]["example"] = msgspec.yaml.encode(_SHEET).decode()
    for kind in LINES[:2]:
        bodies["/assess/batch"][kind]["example"] = f"{line}\n{line}\n"


_SHEET: Final[dict[str, Any]] = {
    "person": {"born": 1980},
    "treatments": [
        {
            "name": "sertraline",
            "dose": "100 mg",
            "from": "March 2023",
            "to": "August 2023",
            "helped": "a little",
            "stopped because": ["no effect"],
        },
        {"name": "venlafaxine", "dose": "150 mg", "from": "September 2023", "to": "still"},
    ],
    "scores": [{"name": "PHQ-9", "from": "2023-03-05", "value": 19}],
    "conditions": ["depression", "no bipolar disorder"],
}
_CSV: Final = (
    "what,name,dose,from,to,helped,value\n"
    "person,born,,,,,1980\n"
    "treatment,sertraline,100 mg,March 2023,August 2023,a little,\n"
    "score,PHQ-9,,2023-03-05,,,19\n"
)
