"""Every caution, interaction, wash-out and preference has words for both audiences."""

from __future__ import annotations

import re
from pathlib import Path

from opentrd.knowledge.loader import load
from opentrd.present.words import messages
from opentrd.present.words.formats import Formats
from opentrd.present.words.template import Slot, Template
from opentrd.review import cautions as module
from opentrd.review.triggers import ASK

FOLDER = Path(module.__file__).parent
PARAMS = {
    "caution": {"subject", "limit", "about", "found", "value", "day"},
    "interaction": {"subject", "other", "replaced"},
    "washout": {"subject", "other", "days", "least", "until", "last"},
    "preference": {"subject", "effect", "level", "value", "preference"},
}


#: The groups of messages that the cautions and preferences write with.
GROUPS = (*PARAMS, "topic", "effect", "level", "wish", "treatment")


def words() -> dict[tuple[str, str], str]:
    return {key: text for key, text in messages("en").items() if key[1].partition(".")[0] in GROUPS}


def test_every_key_has_words_for_both() -> None:
    known, found = load(), words()
    keys = {row.message for row in known.cautions.values()}
    keys |= {row.ask for row in known.cautions.values() if row.ask}
    keys |= {row.message for row in known.interaction_rules.values()}
    keys |= {f"topic.{row.ask.rpartition('.')[2]}" for row in known.cautions.values() if row.ask}
    keys |= {f"effect.{row.effect}" for row in known.side_effects.values()}
    keys |= {f"level.{row.level}" for row in known.side_effects.values()}
    keys |= {
        f"wish.{row.preference}" for row in known.preferences.values() if row.sort in ("category", "option")
    }
    for path in sorted(FOLDER.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for group in ("caution", "washout", "preference"):
            parts = text.split(f'"{group}.')[1:]
            keys |= {f"{group}.{part.partition(chr(34))[0]}" for part in parts}
    for key in keys:
        for audience in ("clinician", "patient"):
            assert (audience, key) in found or ("any", key) in found, (audience, key)
    assert ASK == "ask"


def test_slots_are_formats_and_params() -> None:
    found = words()
    groups = {key.partition(".")[0] for _, key in messages("en")}
    formats = {name[1:] for name in vars(Formats) if name.startswith("_")} | {"plural"}
    for (_, key), text in found.items():
        template = Template(text)
        for _, run in template.groups:
            for slot in run:
                if isinstance(slot, Slot):
                    assert slot.format in formats | groups, (key, slot.format)
        allowed = PARAMS.get(key.partition(".")[0], set())
        assert template.names <= allowed, (key, template.names)
        assert text.count("[") == text.count("]") and text.count("{") == text.count("}")


def test_no_message_is_unused() -> None:
    known = load()
    used = {row.message for row in known.cautions.values()}
    used |= {row.message for row in known.interaction_rules.values()}
    for _, key in words():
        group, _, rest = key.partition(".")
        if group in ("caution", "interaction") and not rest.startswith("ask.") and rest != "open":
            assert key in used, key


def test_patients_get_short_sentences() -> None:
    for (audience, key), text in words().items():
        if audience == "patient":
            for sentence in re.split(r"[.:\]] |[\[:]", re.sub(r"\{[^}]*\}", "x", text)):
                assert len(sentence.split()) <= 20, (key, sentence)
