"""Product names: strengths, forms, releases, brands, combinations, packs."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentrd.records.product_text import Product, read_product

CODES = Path(__file__).resolve().parents[3] / "shared" / "codes" / "treatment_codes.csv"
IN_MG = {"mg": 1.0, "mcg": 0.001, "g": 1000.0, None: 1.0}


@pytest.mark.parametrize(
    ("text", "name", "strength", "unit", "form", "release", "brand"),
    [
        ("sertraline 100 MG Oral Tablet", "sertraline", 100, "mg", "tablet", None, None),
        ("sertraline 50 MG Oral Tablet [Zoloft]", "sertraline", 50, "mg", "tablet", None, "zoloft"),
        (
            "24 HR venlafaxine 75 MG Extended Release Oral Capsule [Effexor]",
            "venlafaxine", 75, "mg", "capsule", "er", "effexor",
        ),
        ("12 HR bupropion hydrochloride 150 MG Extended Release Oral Tablet",
         "bupropion hydrochloride", 150, "mg", "tablet", "sr", None),
        ("Venlafaxine 37.5mg modified-release capsules (A Company Ltd)",
         "venlafaxine", 37.5, "mg", "capsule", "er", None),
        ("Duloxetine 30mg gastro-resistant capsules", "duloxetine", 30, "mg", "capsule", "dr", None),
        ("Mirtazapine 15mg orodispersible tablets",
         "mirtazapine", 15, "mg", "orodispersible tablet", None, None),
        ("Bupropion XL 150 mg", "bupropion", 150, "mg", None, "xl", None),
        ("Risperidone 500microgram tablets", "risperidone", 500, "mcg", "tablet", None, None),
        ("Sodium valproate 1g granules", "sodium valproate", 1, "g", "granules", None, None),
        ("Epilim 200 gastro-resistant tablets", "epilim", 200, None, "tablet", "dr", None),
        ("Sertralina 50 mg comprimidos", "sertralina", 50, "mg", "tablet", None, None),
        ("Venlafaxina retard 75 mg cápsulas", "venlafaxina", 75, "mg", "capsule", "er", None),
        ("St John's Wort 300mg", "st john's wort", 300, "mg", None, None, None),
        ("Sertraline", "sertraline", None, None, None, None, None),
        ("citalopram 37,5 mg", "citalopram", 37.5, "mg", None, None, None),
    ],
)  # fmt: skip
def test_single_products(
    text: str,
    name: str,
    strength: float | None,
    unit: str | None,
    form: str | None,
    release: str | None,
    brand: str | None,
) -> None:
    found = read_product(text)
    assert (found.ingredients_text, found.strength, found.strength_unit) == (name, strength, unit)
    assert (found.form, found.release, found.brand) == (form, release, brand)


@pytest.mark.parametrize(
    ("text", "per", "one"),
    [
        ("Fluoxetine 20mg/5ml oral solution", (5.0, "ml"), (4.0, "mg/ml")),
        ("Citalopram 40mg/ml oral drops sugar free", (1.0, "ml"), (40.0, "mg/ml")),
        ("24 HR selegiline 0.25 MG/HR Transdermal System", (1.0, "hr"), (0.25, "mg/hr")),
        ("Emsam 9mg/24hours transdermal patches", (24.0, "hr"), (0.375, "mg/hr")),
        ("Emsam parche 6 mg/24 horas", (24.0, "hr"), (0.25, "mg/hr")),
        ("1.5 ML aripiprazole 200 MG/ML Prefilled Syringe", (1.0, "ml"), (200.0, "mg/ml")),
        ("Prozac 20 mg/cap", (None, None), (20.0, "mg")),
        ("Sertraline", (None, None), None),
    ],
)
def test_strength_in_an_amount(
    text: str, per: tuple[float | None, str | None], one: tuple[float, str] | None
) -> None:
    found = read_product(text)
    assert ((found.per_amount, found.per_unit), found.per_one()) == (per, one)


def test_combinations_keep_the_order_of_the_names() -> None:
    found = read_product("olanzapine 6 MG / fluoxetine 25 MG Oral Capsule")
    assert found.names == ("olanzapine", "fluoxetine")
    assert [each.amount for each in found.strengths] == [6.0, 25.0]
    typed = read_product("perphenazine-amitriptyline 4-25 MG tablet")
    assert (typed.names, [each.amount for each in typed.strengths]) == (
        ("perphenazine", "amitriptyline"),
        [4.0, 25.0],
    )
    assert [each.amount for each in read_product("12 MG / 25 MG").strengths] == [12.0, 25.0]


def test_a_pack_of_different_strengths_has_no_one_strength() -> None:
    found = read_product("{7 (vilazodone 10 MG Oral Tablet) / 23 (vilazodone 20 MG Oral Tablet) } Pack")
    assert (found.form, found.strength, [s.amount for s in found.strengths]) == ("pack", None, [10.0, 20.0])


def test_a_name_in_brackets_is_kept_apart() -> None:
    found = read_product("Latuda (lurasidone) 40 mg")
    assert (found.ingredients_text, found.also, found.strength) == ("latuda", ("lurasidone",), 40.0)


def written(found: Product) -> str:
    """Write strengths as the code table does: ``12/25``, ``20 mg/5 ml``."""
    if not found.strengths or found.strengths[0].unit not in IN_MG:
        return ""
    amounts = [f"{round(each.amount * IN_MG[each.unit], 6):g}" for each in found.strengths]
    first = found.strengths[0]
    return f"{amounts[0]} mg/{first.per_amount:g} {first.per_unit}" if first.per_unit else "/".join(amounts)


def as_in_table(cell: str) -> str:
    if found := re.fullmatch(r"([\d.]+) mg/(?:([\d.]+) )?(ml|hr)", cell):
        return f"{float(found[1]):g} mg/{float(found[2] or 1):g} {found[3]}"
    return "/".join(f"{float(part):g}" for part in cell.split("/")) if cell else ""


@pytest.mark.skipif(not CODES.exists(), reason="the collected codes are not beside this checkout")
def test_strengths_agree_with_the_code_table() -> None:
    with CODES.open(encoding="utf-8", newline="") as lines:
        table = [row for row in csv.DictReader(lines) if row["system"] != "ATC"]
    wrong = [
        row["display"]
        for row in table
        if written(read_product(row["display"])) != as_in_table(row["strength_mg"])
    ]
    assert len(wrong) < 0.005 * len(table), wrong


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="0123456789. mg/ml-[](){}tabeXR", max_size=40)))
def test_any_text_is_read_without_error(text: str) -> None:
    found = read_product(text)
    assert found.strength is None or found.strength > 0
