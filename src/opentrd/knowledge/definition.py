"""A definition of treatment-resistant depression: a short TOML text of a small closed set of kinds.

No code names a definition. Prose of a source is turned into these parameters; what the source leaves open is
listed in ``open``: the parameter, our reading, and the other end that changes a verdict.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from opentrd.knowledge.schema import Status

Kind = Literal[
    "failed_trials", "regimens_started", "switches", "distinct_medicines", "any_of", "staging_at_least"
]
Intake = Literal["required", "assumed", "ignored"]
Outcome = Literal["score", "score_or_report", "next_treatment", "ignored"]
Dose = Literal["instrument", "ignored"]


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What counts as a failed attempt beside a main antidepressant."""

    augmentation: bool = False
    combination: bool = False
    psychotherapy: bool = False
    stimulation: bool = False
    intolerance: bool = False
    lost_response: bool = False
    esketamine: bool = True


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """How a definition reads what the record does not say (design, section 4)."""

    intake: Intake = "assumed"
    outcome: Outcome = "score_or_report"
    dose: Dose = "instrument"
    exclusions: Literal["absent_unless_recorded", "must_be_stated"] = "absent_unless_recorded"


class Open(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A parameter that the source leaves open: our reading and the other end of what it may mean.

    ``parameter`` is the name of a field of the definition, dotted where it lies in a part
    (``counts.augmentation``, ``policy.intake``); put in its place, ``other`` gives the other reading. For
    ``exclude``, ``other`` lists its names separated by ``;``. Without ``other`` the point is told and nothing
    can be computed in its place.
    """

    parameter: str
    reading: str
    other: int | float | str | bool | None = None
    why: str = ""


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One definition. Times in weeks are read as 7 days each; ``window_days`` are calendar days.

    ``scope``: ``episode``, ``lifetime`` or ``window`` (the latest ``window_days`` that decide). ``number``:
    failures, regimens, switches or distinct medicines needed. ``distinct``: what has to differ between
    counted attempts (``treatment``, ``class``, ``none``). ``failure_below``: a trial failed when its
    improvement in percent of baseline stayed below this; ``failure``: or when there was no remission.
    ``instrument``: fixed by the source, else the chosen one. ``adequate_days``: days a regimen must have
    lasted; ``gap_days``: longest gap in it; ``switch_within_days``: longest time from the last supply of one
    medicine to the next medicine (and longest gap, where a rule on switches names none). ``number`` of
    ``regimens_started`` is that of the regimen whose start decides (3: the third one, after two that were
    adequate); ``last_adequate``: the deciding one must itself have lasted ``adequate_days``. For switches,
    ``classes`` are those of the medicine left, ``sees_classes`` those that the rule sees at all (none given:
    all main medicines). For ``distinct_medicines``, ``classes`` and ``treatments`` are the medicines counted
    (none given: main antidepressants), ``after_antidepressants`` how many other distinct main
    antidepressants must have begun before within the same window, ``window_on`` whether a medicine lies in
    the window by its start or by any day of its era up to the end. Ages are completed years when the trial
    began, ``max_age`` not included. ``reads``: issue dates (``exposures``), ``eras`` or ``judgements``.
    """

    definition: str
    name: str
    kind: Kind
    source_kind: str
    headline: bool
    same_as: str | None = None
    reads: Literal["exposures", "eras", "judgements"]
    number: int = 2
    scope: Literal["episode", "lifetime", "window"] = "episode"
    window_days: int | None = None
    distinct: Literal["treatment", "class", "none"] = "treatment"
    instrument: str | None = None
    min_weeks: float | None = None
    failure: Literal["no_response", "no_remission"] = "no_response"
    failure_below: float | None = None
    adequate_days: int | None = None
    gap_days: int | None = None
    switch_within_days: int | None = None
    last_adequate: bool = False
    min_distinct_lifetime: int | None = None
    after_antidepressants: int = 0
    window_on: Literal["start", "end"] = "start"
    classes: tuple[str, ...] = ()
    sees_classes: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    counts: Counts = Counts()
    policy: Policy = Policy()
    exclude: tuple[str, ...] = ()
    min_age: int | None = None
    max_age: int | None = None
    any_of: tuple[str, ...] = ()
    model: str | None = None
    at_least: float | None = None
    above: float | None = None
    open: tuple[Open, ...] = ()
    note: str = ""
    source: str
    status: Status
    checked: date
    figure: str | None = None
