"""The drawn picture: every bar, word and score of its specification is in it, in its place, and escaped."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from opentrd.assessment import Assessment
from opentrd.present.drawing import draw
from opentrd.present.timeline import NARROW, WIDE, svg, timeline_spec
from opentrd.present.words import Words
from tests.present.people import everyone

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = [f"m{n}" for n in range(1, 13)]


def drawn(a: Assessment, width: int) -> tuple[dict[str, Any], ElementTree.Element]:
    words = Words("en", "clinician", a.knowledge)
    return timeline_spec(a, words, width), ElementTree.fromstring(svg(a, words, width))


def rows(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    layers = [layer for part in spec["vconcat"] for layer in part["layer"] if layer["mark"]["type"] == mark]
    return [row for layer in layers for row in layer["data"]["values"]]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", sorted(everyone()))
def test_everything_of_the_specification_is_drawn_inside_the_picture(name: str, width: int) -> None:
    a = everyone()[name]
    if not a.judged.trials:
        pytest.skip("nothing to draw")
    spec, root = drawn(a, width)
    bars = [row for row in rows(spec, "rect") if "trial" in row]
    links = root.findall(f".//{SVG}a")
    assert sum(len(link.findall(f"{SVG}rect")) for link in links) == len(bars)
    assert [link.get("href") for link in links] == [
        f"#why-{n}" for n in dict.fromkeys(row["trial"] for row in bars)
    ]
    assert len(root.findall(f".//{SVG}circle")) == len(rows(spec, "point"))
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert {row["text"] for row in rows(spec, "text") if row.get("text")} <= set(texts)
    left, top, wide, high = (float(each) for each in str(root.get("viewBox")).split())
    for rect in root.iter(f"{SVG}rect"):
        assert float(rect.get("x", "")) >= left
        assert float(rect.get("x", "")) + float(rect.get("width", "")) <= left + wide
        assert 0 <= float(rect.get("y", "")) <= top + high
        assert float(rect.get("width", "")) >= 0


def picture(first: str, last: str, text: str = "") -> dict[str, Any]:
    x = {"field": "start", "scale": {"domain": [first, last]}, "axis": {"labels": True}}
    y = {"field": "y", "scale": {"domain": [1, 0]}, "axis": None}
    layer = {
        "data": {"values": [{"start": first, "y": 0, "text": text}]},
        "mark": {"type": "text", "fontSize": 12, "baseline": "middle", "align": "left", "color": "#000"},
        "encoding": {"x": x, "y": y, "text": {"field": "text"}},
    }
    part = {"width": 880, "height": 40, "layer": [layer]}
    return {"vconcat": [part], "spacing": 6, "config": {"font": "sans-serif"}}


@pytest.mark.parametrize(
    ("first", "last", "marked"),
    [
        ("2026-01-01", "2026-03-20", ["m1 2026", "m2 2026", "m3 2026"]),
        ("2026-01-05", "2026-01-20", ["m1 2026"]),
        ("2025-11-15", "2026-02-01", ["m12 2025", "m1 2026", "m2 2026"]),
        ("2020-01-01", "2025-12-31", []),
    ],
)
def test_days_are_marked_by_their_months(first: str, last: str, marked: list[str]) -> None:
    found = re.findall(r">(m\d+ \d{4})<", draw(picture(first, last), MONTHS))
    assert found == marked if marked else 0 < len(found) <= 880 // 84


def test_a_text_is_escaped() -> None:
    made = draw(picture("2026-01-01", "2026-03-01", "<script>&\"'"), MONTHS)
    assert "<script" not in made
    assert "&lt;script&gt;&amp;" in made
