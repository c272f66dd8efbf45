"""The empty sheet that ``opentrd template`` writes: headings, a few lines of help, examples to replace."""

from __future__ import annotations

import csv
import io
from typing import Final, Literal

Language = Literal["en", "es"]

_HEAD: Final = {
    "en": "what|name|dose|from|to|sessions|taken|helped|stopped because|value|for|note",
    "es": "que|nombre|dosis|desde|hasta|sesiones|tomado|ayudó|motivo|valor|para|nota",
}
_HELP: Final = {
    "en": (
        "Fill in what you remember, one line for each treatment. What is not known stays empty, or ?.",
        "Dates: 2024, March 2024, 2024-03-05, about March 2024; under 'to' also: still.",
        "Taken: yes, most days, half, sometimes, no. Helped: not at all, a little, a lot, well again, worse.",
        "Stopped because (several are fine, with ; between): no effect, stopped working, side effects,",
        "recovered, cost, pregnancy, my wish, other. Lines that begin with # are examples and are not read.",
    ),
    "es": (
        "Escriba lo que recuerde, una línea por tratamiento. Deje vacío, o ponga ?, lo que no sepa.",
        "Fechas: 2024, marzo de 2024, 2024-03-05, hacia marzo de 2024; en 'hasta' también: todavía.",
        "Tomado: sí, casi siempre, la mitad, a veces, no. Ayudó: nada, un poco, mucho, bien otra vez, peor.",
        "Motivo (varios, separados por ;): sin efecto, dejó de funcionar, efectos secundarios, recuperado,",
        "coste, embarazo, decisión propia, otro. Las líneas que empiezan por # son ejemplos y no se leen.",
    ),
}
#: Examples, their cells in the order of the columns.
_EXAMPLES: Final = {
    "en": """\
        person|born||||||||1980||
        person|sex||||||||female||
        treatment|sertraline|50 mg for 2 weeks then 100 mg|March 2023|August 2023||most days|a little|no effect; side effects||depression|
        treatment|venlafaxine XR|150 mg|about September 2023|still||yes|not at all||||
        treatment|CBT||2022|2022|about 8||a little|other|||individual
        other medicine|ramipril|5 mg|2019|still|||||||
        score|PHQ-9||2023-03-05||||||19||
        score|PHQ-9 item 9||2023-03-05||||||0||
        condition|depression||January 2023|still|||||||
        condition|no bipolar disorder||||||||||
        family|depression||||||||mother||
        allergy|penicillin||||||||rash||
        life|living alone||||||||||""",  # noqa: E501
    "es": """\
        persona|nacida||||||||1980||
        persona|sexo||||||||mujer||
        tratamiento|sertralina|50 mg durante 2 semanas luego 100 mg|marzo de 2023|agosto de 2023||casi siempre|un poco|sin efecto; efectos secundarios||depresión|
        tratamiento|venlafaxina retard|150 mg|hacia septiembre de 2023|todavía||sí|nada||||
        tratamiento|terapia cognitivo conductual||2022|2022|6-8||un poco|otro|||individual
        otro medicamento|ramipril|5 mg|2019|todavía|||||||
        puntuación|PHQ-9||2023-03-05||||||19||
        puntuación|PHQ-9 pregunta 9||2023-03-05||||||0||
        condición|depresión||enero de 2023|todavía|||||||
        condición|nunca trastorno bipolar||||||||||
        familia|depresión||||||||madre||
        alergia|penicilina||||||||sarpullido||
        vida|vivo sola||||||||||""",  # noqa: E501
}
_SECTIONS: Final = {
    "en": ("person", "treatments", "other medicines", "scores", "conditions", "family", "allergies", "life"),
    "es": (
        "persona",
        "tratamientos",
        "otros medicamentos",
        "puntuaciones",
        "condiciones",
        "familia",
        "alergias",
        "vida",
    ),
}


def template(kind: Literal["csv", "yaml"] = "csv", language: Language = "en") -> str:
    """Return an empty sheet with commented examples, in English or Spanish."""
    return _csv(language) if kind == "csv" else _yaml(language)


def _examples(language: Language) -> list[list[str]]:
    return [line.strip().split("|") for line in _EXAMPLES[language].splitlines()]


def _csv(language: Language) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEAD[language].split("|"))
    for what, *cells in _examples(language):
        writer.writerow([f"# {what}", *cells])
    return out.getvalue() + "".join(f'"# {line}"\n' for line in _HELP[language])


def _yaml(language: Language) -> str:
    lines = [f"# {line}" for line in _HELP[language]]
    head, examples = _HEAD[language].split("|"), _examples(language)
    whats = list(dict.fromkeys(what for what, *_ in examples))
    for section, what in zip(_SECTIONS[language], whats, strict=True):
        lines += ["", f"{section}:"]
        for cells in (example for example in examples if example[0] == what):
            filled = [(name, cell) for name, cell in zip(head, cells, strict=True) if cell][1:]
            if what == whats[0]:
                lines.append(f"#  {filled[0][1]}: {filled[1][1]}")
                continue
            for index, (name, cell) in enumerate(filled):
                lines.append(f"#  {'  ' if index else '- '}{name}: {_quoted(cell)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return f'"{text}"' if any(sign in text for sign in ":;#?") else text
