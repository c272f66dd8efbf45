"""Tables of the specialist's review: what to look at, what could come next, and in which order.

Several keys in one cell are separated by ``;``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from opentrd.knowledge.schema.base import Row, YesNo

Category: TypeAlias = Literal[
    "review",
    "switch",
    "combination",
    "psychotherapy",
    "augmentation",
    "rapid",
    "neuromodulation",
    "lifestyle",
    "comorbidity",
    "investigational",
    "referral",
]

#: Where a guideline puts an option; empty: its text on this option was not seen.
Position: TypeAlias = Literal[
    "first",
    "second",
    "third",
    "first_step",
    "option",
    "suggested",
    "suggested_after_several",
    "specialist",
    "special_arrangements",
    "not_recommended",
    "not_listed",
    "research",
]

#: What a region's authority says; empty: not known to us.
Approval: TypeAlias = Literal[
    "for_trd",
    "for_depression",
    "add_on",
    "cleared",
    "available",
    "special_arrangements",
    "off_label",
    "not_approved",
    "investigational",
    "not_needed",
]


class OptionRow(Row, kw_only=True, frozen=True):
    """A next step. Key: ``option``. The order of the rows settles ties.

    ``treatments``: what it stands for in the history and, where ``medicines`` is ``listed``, what it names;
    ``same_class`` and ``other_class`` name medicines by the class of the present or last antidepressant.
    ``tried``: ``each`` failed treatment only takes that one out, ``any`` the option as a whole.
    ``canmat``, ``va_dod``, ``nice`` are positions, the columns beside them what was read. ``us`` to ``au``
    are approvals. ``min_failures``: failed adequate treatments that ``failures_by`` asks for.
    ``shown_if``: facts (see ``review/facts.py``), one of which must hold for the option to be listed at all;
    ``needs``: facts without which it makes no sense yet. ``weeks_low`` to
    ``weeks_high``: time to effect. ``evidence_level`` is CANMAT's, 1 the strongest. ``unconfirmed`` names
    the columns that were not read in a source.
    """

    option: str
    name: str
    category: Category
    what_it_is: str
    treatments: str | None = None
    medicines: Literal["listed", "same_class", "other_class"] | None = None
    tried: Literal["each", "any"] | None = None
    canmat: Position | None = None
    canmat_2023: str | None = None
    va_dod: Position | None = None
    va_dod_2022: str | None = None
    nice: Position | None = None
    nice_ng222: str | None = None
    us: Approval | None = None
    eu: Approval | None = None
    uk: Approval | None = None
    ca: Approval | None = None
    au: Approval | None = None
    us_note: str | None = None
    eu_note: str | None = None
    uk_note: str | None = None
    min_failures: int | None = None
    failures_by: Literal["label", "guideline", "trial"] | None = None
    shown_if: str | None = None
    needs: str | None = None
    weeks_low: float | None = None
    weeks_high: float | None = None
    course: str | None = None
    monitoring: str | None = None
    evidence_level: int | None = None
    figures: str | None = None
    effect: str | None = None
    effect_range: str | None = None
    harms: str | None = None
    investigational: YesNo
    unconfirmed: str | None = None
    remark: str | None = None


class OptionOrder(Row, kw_only=True, frozen=True):
    """A row of the rule that orders the options. Key: ``place``.

    Rows are tried from the lowest ``order`` on; the first whose ``condition`` holds (a fact of
    ``review/facts.py``, ``always``, or several that must all hold) and that lists the option places it.
    It lists the options named, and those of its ``categories`` that stand on ``line`` of CANMAT 2023 (empty:
    on any line). ``fit`` is what the option gets where nothing speaks against it. ``section`` is the
    question that the row answers, in the order of the rule. ``waives_failures``: the number of failed
    treatments that the option asks for does not matter here. ``reason`` is the key of the sentence. Rows of
    one ``order`` are equal: within it preference, then strength of evidence, then the order of the options
    decide. Rows with ``fit_later`` and ``fit_avoid`` are tried before all others.
    """

    place: str
    order: int
    section: Literal["safety", "present_trial", "guideline", "remaining", "referral"]
    condition: str
    options: str | None = None
    categories: str | None = None
    line: Position | None = None
    fit: Literal["suggested", "possible"]
    waives_failures: YesNo | None = None
    reason: str
    remark: str | None = None


class Check(Row, kw_only=True, frozen=True):
    """One thing that a specialist looks at. Key: ``check``.

    ``rule`` names a function of ``review/checks`` where looking takes more than these columns:
    ``conditions`` (concepts or groups), ``family`` (of relatives), ``tests`` (observations, read by their
    reference range or ``result_limit``; with ``<`` or ``>`` only low or high ones count), ``life``
    (observations, read by ``life_answer``), ``medicines`` (keys, ``group:`` and an interaction class,
    ``class:`` and a class of treatment). Scales are in ``screen``. ``recent_days``: how long a result
    counts. ``sex``, ``age_from`` say for whom it is asked. ``test_expected``: a missing test is worth asking
    for.
    """

    check: str
    domain: Literal[
        "adherence",
        "diagnosis",
        "life",
        "response",
        "physical",
        "medicines",
        "substances",
        "pharmacogenetics",
        "complications",
        "hope",
    ]
    order: int
    rule: str | None = None
    conditions: str | None = None
    family: str | None = None
    tests: str | None = None
    test_expected: YesNo | None = None
    life: str | None = None
    medicines: str | None = None
    recent_days: int | None = None
    sex: Literal["female", "male"] | None = None
    age_from: int | None = None
    remark: str | None = None


class Screen(Row, kw_only=True, frozen=True):
    """A limit of a scale or of one of its items that speaks for a check.

    Key: ``check``, ``scale``, ``item``, ``sex``.

    Positive at ``at_least`` and above, or at ``at_most`` and below. ``within_days``: how recent it must be.
    ``negative_says``: whether a negative answer speaks for absence.
    """

    check: str
    scale: str
    item: int | None = None
    sex: Literal["female", "male"] | None = None
    at_least: float | None = None
    at_most: float | None = None
    within_days: int
    negative_says: YesNo
    remark: str | None = None


class LifeAnswer(Row, kw_only=True, frozen=True):
    """What an answer about life says. Key: ``concept``, ``answer``.

    ``answer`` is the beginning of the answer's words, or its code, in lower case.
    """

    concept: str
    answer: str
    finding: Literal["present", "absent"]
    remark: str | None = None


class ResultLimit(Row, kw_only=True, frozen=True):
    """A limit for a result that comes without a reference range. Key: ``concept``, ``unit``, ``sex``."""

    concept: str
    unit: str
    sex: Literal["female", "male"] | None = None
    low: float | None = None
    high: float | None = None
    remark: str | None = None


class SwitchChoice(Row, kw_only=True, frozen=True):
    """An antidepressant that may be switched to. Key: ``treatment``. The order of the rows settles ties.

    ``line`` is CANMAT 2023's. ``not_in``: regions where it is not sold for depression.
    """

    treatment: str
    line: Position
    not_in: str | None = None
    remark: str | None = None
