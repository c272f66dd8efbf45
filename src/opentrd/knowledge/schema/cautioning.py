"""Tables of what asks for care: cautions, wash-outs, interactions, side effects, preferences.

Columns that say whom a row concerns hold *selectors*, separated by ``;``: a treatment or medicine by its key,
``class:`` and the class of a treatment, ``group:`` and an interaction class (with ``=`` the strengths that
count, separated by ``|``), ``atc:`` and the beginning of an ATC code, ``option:`` and an option, ``*`` for
every medicine. A leading ``-`` takes out again.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from opentrd.knowledge.schema.base import Row, YesNo

Severity: TypeAlias = Literal["avoid", "caution", "monitor"]
Trigger: TypeAlias = Literal[
    "condition",
    "device",
    "observation",
    "genotype",
    "age",
    "pregnancy",
    "allergy",
    "comedication",
    "stopped",
    "untried",
    "always",
]


class CautionRow(Row, kw_only=True, frozen=True):
    """When an option or medicine asks for care. Key: ``caution``.

    ``kind`` says what to look at and ``trigger`` for what, alternatives separated by ``;``:
    ``condition`` and ``device`` (concepts or groups of conditions, observations of a device or habit,
    ``icd:`` and the beginning of a code, ``text:`` and words of an uncoded line), ``observation`` (a concept;
    ``at_least``, ``above``, ``below`` in ``unit``), ``genotype`` (``gene=phenotype``), ``age``,
    ``pregnancy``, ``allergy`` (``medicine`` or ``class``), ``comedication`` (selectors, taken now),
    ``stopped`` (selectors, ended in ``within_days``), ``untried`` (no antidepressant so far), ``always``.
    ``within_days``: how recent the finding must be. ``current``: a resolved condition does not count.
    ``age_from``, ``age_to``, ``sex``, ``region`` narrow the row. ``unknown``: what it means where nothing is
    recorded: ``ask`` leaves it open with the question ``ask``, ``absent`` takes it as not there.
    ``answered_by``: conditions or observations any one of which, where denied, answers the question.
    ``limit`` is the figure that the message names.
    """

    caution: str
    affects: str
    kind: Trigger
    trigger: str | None = None
    at_least: float | None = None
    above: float | None = None
    below: float | None = None
    unit: str | None = None
    within_days: int | None = None
    current: YesNo | None = None
    age_from: int | None = None
    age_to: int | None = None
    sex: Literal["female"] | None = None
    region: str | None = None
    severity: Severity
    limit: float | None = None
    unknown: Literal["ask", "absent"]
    ask: str | None = None
    answered_by: str | None = None
    message: str
    remark: str | None = None


class Washout(Row, kw_only=True, frozen=True):
    """Days that must pass between the last dose of one and the first of another. Key: ``washout``.

    Sources that conflict have a row each; the longest counts. ``before`` and ``after`` are selectors.
    """

    washout: str
    before: str
    after: str
    days: int
    remark: str | None = None


class InteractionClass(Row, kw_only=True, frozen=True):
    """A property of a medicine that matters beside others. Key: ``medicine``, ``class``.

    ``medicine`` is the key of the treatment where it is one. ``strength`` keeps the word of the source.
    """

    medicine: str
    atc: str | None = None
    rxnorm: str | None = None
    class_: str = msgspec.field(name="class")
    strength: str
    remark: str | None = None


class ComedicationName(Row, kw_only=True, frozen=True):
    """A name of a medicine of ``interaction_class`` that is no treatment. Key: ``name``.

    ``exact`` names count only where they are the whole text: alone they mean other things too.
    """

    name: str
    medicine: str
    sort: Literal["generic", "brand", "exact"]


class InteractionRule(Row, kw_only=True, frozen=True):
    """What two medicines do together, in any order: ``one`` and ``other`` are selectors. Key: ``rule``."""

    rule: str
    one: str
    other: str
    severity: Severity
    region: str | None = None
    message: str
    remark: str | None = None


class SideEffect(Row, kw_only=True, frozen=True):
    """How much of an effect or burden a treatment has. Key: ``treatment``, ``use``, ``effect``.

    ``use`` tells apart the same medicine given alone (``main``) and beside another (``add_on``). A pair that
    is not here was not assessed, which is not the same as none.
    """

    treatment: str
    use: Literal["main", "add_on"] | None = None
    effect: str
    level: Literal["none_or_low", "some", "high"]
    value: str | None = None
    population: str | None = None


class Preference(Row, kw_only=True, frozen=True):
    """What a person may say matters. Key: ``preference``, ``sort``, ``target``, ``level``.

    ``sort``: ``effect`` (``target`` an effect of ``side_effect`` at ``level``), ``category`` (of the option)
    or ``option``. ``points`` are added for a weight of one; below zero speaks against.
    """

    preference: str
    sort: Literal["effect", "category", "option"]
    target: str
    level: Literal["none_or_low", "some", "high"] | None = None
    points: float
