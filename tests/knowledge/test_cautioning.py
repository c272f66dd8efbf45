"""The caution tables: what names nothing is told, everything has its source, and the file stays small."""

from __future__ import annotations

from pathlib import Path

import pytest

from opentrd.errors import KnowledgeError
from opentrd.knowledge import loader
from opentrd.knowledge.loader import load

HEADER = "caution,affects,kind,trigger,severity,unknown,ask,message,source,status,checked\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x,class:SSRl,condition,epilepsy,avoid,absent,,caution.seizure", "class:SSRl"),
        ("x,sertralin,condition,epilepsy,avoid,absent,,caution.seizure", "key:sertralin"),
        ("x,sertraline,condition,epilepsia,avoid,absent,,caution.seizure", "epilepsia"),
        ("x,sertraline,comedication,group:qt_risk,avoid,absent,,caution.seizure", "group:qt_risk"),
        ("x,sertraline,condition,epilepsy,avoid,ask,,caution.seizure", "is empty"),
        ("x,sertraline,observation,sodium,avoid,absent,,caution.seizure", "needs a unit"),
    ],
)
def test_a_caution_that_could_never_speak_is_refused(tmp_path: Path, row: str, said: str) -> None:
    (tmp_path / "caution.csv").write_text(HEADER + row + ",a clinic,ours,2026-11-23\n")
    with pytest.raises(KnowledgeError) as error:
        load(tmp_path)
    assert said in str(error.value)


def test_a_clinics_own_caution_is_taken(tmp_path: Path) -> None:
    row = "x,class:SSRI,condition,epilepsy,monitor,absent,,caution.seizure,a clinic,ours,2026-11-23\n"
    (tmp_path / "caution.csv").write_text(HEADER + row)
    known = load(tmp_path)
    assert known.cautions["x"].local and known.is_local("caution:x")


def test_the_counts_of_the_facts() -> None:
    known = load()
    assert len(known.side_effects) >= 2039
    assert len(known.interaction_classes) >= 556
    assert len({medicine for medicine, _ in known.interaction_classes}) >= 298
    assert (Path(loader.SHIPPED) / "tables" / "side_effect.csv").stat().st_size < 350_000


def test_names_lead_to_medicines_and_washouts_have_days() -> None:
    known = load()
    medicines = {medicine for medicine, _ in known.interaction_classes}
    for row in known.comedication_names.values():
        assert row.medicine in medicines and row.medicine not in known.treatments, row.name
    assert all(row.days > 0 for row in known.washouts.values())


def test_preferences_look_at_effects_and_options_that_exist() -> None:
    known = load()
    effects = {effect for _, _, effect in known.side_effects}
    categories = {str(row.category) for row in known.options.values()}
    there: dict[str, set[str]] = {"effect": effects, "category": categories, "option": set(known.options)}
    for row in known.preferences.values():
        assert row.target in there[row.sort], row.target
