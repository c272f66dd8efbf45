"""The Parameters of ``$evaluate-trd``: the record, and how it is asked for."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from fastapi import Request

from opentrd.errors import InputError
from opentrd.service.api.asking import Asked, asked
from opentrd.service.api.given import JSON, Given, media_type
from opentrd.service.api.refusals import CallRefusedError

#: Parameters that are a text, and what each of them is here.
TEXTS: Final = {
    "asOf": "as_of",
    "for": "audience",
    "language": "language",
    "region": "region",
    "instrument": "instrument",
}
_SEVERAL: Final = ("prefer", "answer")
_HELP: Final = f"parameters are record, {', '.join(TEXTS)}, {' and '.join(_SEVERAL)} (see /openapi.json)"


class Quantity(msgspec.Struct):
    """A measured value of FHIR."""

    value: float | None = None
    unit: str | None = None
    code: str | None = None


class Parameter(msgspec.Struct, rename="camel"):
    """A parameter of FHIR, with the sorts of values that are read here."""

    name: str
    resource: msgspec.Raw = msgspec.Raw()
    value_string: str | None = None
    value_code: str | None = None
    value_date: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_decimal: float | None = None
    value_quantity: Quantity | None = None
    part: list[Parameter] = []

    @property
    def text(self) -> str | None:
        """The value, where it is a text."""
        found = (self.value_string, self.value_code, self.value_date)
        return next((each for each in found if each is not None), None)

    @property
    def value(self) -> Any:
        """The value, whatever it is."""
        if self.value_quantity is not None:
            measured = self.value_quantity
            return {"value": measured.value, "unit": measured.code or measured.unit}
        found = (self.value_boolean, self.value_integer, self.value_decimal)
        return self.text if self.text is not None else next((v for v in found if v is not None), None)


class Parameters(msgspec.Struct, rename={"resource_type": "resourceType"}):
    """What is sent to an operation."""

    resource_type: str
    parameter: list[Parameter] = []


_parameters: Final = msgspec.json.Decoder(Parameters)


async def operation(request: Request) -> tuple[Given, Asked]:
    """Return the record of an operation and how it is asked for. Refuses what is no Parameters."""
    media_type(request, JSON)
    sent = _decoded(await request.body())
    said: dict[str, str] = {}
    for each in sent:
        if each.name in TEXTS:
            if each.text is None or TEXTS[each.name] in said:
                what = "one text is expected" if each.text is None else "it is there twice"
                raise InputError("Parameters", each.name, what, _HELP)
            said[TEXTS[each.name]] = each.text
        elif each.name not in ("record", *_SEVERAL):
            raise InputError("Parameters", each.name, "there is no such parameter", _HELP)
    prefer = [each.text or "" for each in sent if each.name == "prefer"]
    answers = dict(_answer(each) for each in sent if each.name == "answer")
    given = Given({"record.json": _record(sent)}, answers=answers)
    return given, asked(request.app.state.service, **said, prefer=prefer)  # type: ignore[arg-type]


def _decoded(body: bytes) -> list[Parameter]:
    try:
        found = _parameters.decode(body)
    except msgspec.ValidationError as error:
        raise InputError("Parameters", "", str(error), _HELP) from None
    except RecursionError:
        raise CallRefusedError(400, "it is nested too deeply", "send Parameters") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CallRefusedError(400, "it is not JSON", "send a FHIR resource Parameters") from None
    if found.resource_type != "Parameters":
        raise InputError("Parameters", "resourceType", "this is another resource", "send Parameters")
    return found.parameter


def _record(sent: list[Parameter]) -> bytes:
    found = [bytes(each.resource) for each in sent if each.name == "record" and bytes(each.resource)]
    if len(found) != 1:
        what_to_do = "send one parameter record with a resource: a Bundle, or another"
        raise InputError("Parameters", "record", f"there are {len(found)} records", what_to_do)
    return found[0]


def _answer(sent: Parameter) -> tuple[str, Any]:
    parts = {part.name: part for part in sent.part}
    question, value = parts.get("question"), parts.get("value")
    if question is None or question.text is None or value is None or value.value is None:
        what_to_do = "send the parts question and value"
        raise InputError("Parameters", "answer", "question or value is missing", what_to_do)
    if "day" not in parts:
        return question.text, value.value
    measured = value.value if isinstance(value.value, dict) else {"value": value.value}
    return question.text, {**measured, "day": parts["day"].text or ""}
