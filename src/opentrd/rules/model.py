"""What the stages hand to each other, in the order of the flow.

streams -> ``DoseStep`` -> eras -> ``Era`` -> episodes -> ``Episode`` -> trials -> ``Trial`` -> outcomes ->
``Outcome`` -> judgements -> ``Judgement`` -> status -> ``Status`` and staging -> ``Staging`` -> ``Question``.

Days are ordinals, intervals half-open. A pair ``low``/``high`` holds what is certain and what is possible.
An uncertain start lies in ``start_earliest..start_latest``; ``start`` (the midpoint) serves order and
joining only.
"""

from __future__ import annotations

import msgspec

from opentrd.kleene import UNKNOWN, Tri
from opentrd.statement import Statement


class DoseStep(msgspec.Struct, kw_only=True, gc=False):
    """A stretch of days with one total daily dose of one treatment (or one session, or one course).

    ``dose_low``/``dose_high`` are ``None`` where unknown. ``certain`` is false where only an order speaks
    for days on which nothing was collected. ``open_end``: the record gives no end; ``ongoing``: it says so
    or not. ``sessions_low``/``sessions_high`` for what is counted in sessions.
    """

    treatment: str
    formulation: str | None
    start: int
    start_earliest: int
    start_latest: int
    end: int
    end_earliest: int
    end_latest: int
    dose_low: float | None
    dose_high: float | None
    dose_unit: str | None
    origin: str
    certain: bool
    open_end: bool
    ongoing: Tri
    sessions_low: int | None
    sessions_high: int | None
    sources: tuple[str, ...]


class Era(msgspec.Struct, kw_only=True, gc=False):
    """Steps of one treatment joined across the allowed gap, with what the lines told beside the dose."""

    treatment: str
    start: int
    start_earliest: int
    start_latest: int
    end: int
    end_earliest: int
    end_latest: int
    ongoing: Tri
    open_end: bool
    steps: list[DoseStep]
    covered_days: int | None
    taken_low: float | None
    taken_high: float | None
    reported_response: str | None
    stop_reasons: tuple[str, ...]
    indications: tuple[str, ...]
    doubt: str | None
    session_detail: str | None
    sessions_low: int | None
    sessions_high: int | None
    sources: tuple[str, ...]
    notes: tuple[Statement, ...] = ()


class Episode(msgspec.Struct, kw_only=True, gc=False):
    """One episode of illness. ``end`` is ``None`` while it goes on."""

    id: str
    start: int
    start_earliest: int
    start_latest: int
    end: int | None
    end_reason: str | None
    why: tuple[Statement, ...]
    sources: tuple[str, ...]


class Outcome(msgspec.Struct, kw_only=True, gc=False):
    """What a trial did. Improvement in percent of baseline lies within ``improvement_low..improvement_high``.

    ``result``: ``remission``, ``response``, ``partial``, ``none``, ``worse`` or ``None`` (unknown).
    ``basis``: ``score``, ``report``, ``stop_reason`` or ``none``. ``had_remission``: a remission was
    reached at some time of the trial, kept or not.
    """

    result: str | None
    basis: str
    improvement_low: float
    improvement_high: float
    remission: Tri
    lost_response: Tri
    had_remission: Tri = UNKNOWN
    scale: str | None = None
    baseline: float | None = None
    baseline_day: int | None = None
    last: float | None = None
    last_day: int | None = None
    best_percent: float | None = None
    percent_change: float | None = None
    why: tuple[Statement, ...] = ()
    sources: tuple[str, ...] = ()


class Trial(msgspec.Struct, kw_only=True, gc=False):
    """An era judged as an attempt.

    ``role``: ``first``, ``switch``, ``augmentation``, ``combination``, ``continued``, ``psychotherapy``,
    ``stimulation``, ``lifestyle``, ``add_on_without_base`` or ``not_for_depression`` (then ``other_use``
    says for what). ``other_use_certain`` is unknown where only a missing dose decides it. ``base`` is the
    trial that it was added to. ``judged_end``: where an addition ends the outcome window and the adequate
    weeks. ``taken``: share taken, low and high, ``None`` unknown; ``pdc``: proportion of days covered by
    supplies.
    """

    id: str
    treatment: str
    class_: str
    kind: str
    episode: str
    role: str
    base: str | None
    era: Era
    start: int
    judged_end: int
    judged_end_low: int
    judged_end_high: int
    days_low: int
    days_high: int
    age: float | None
    ongoing: Tri
    open_end: bool
    other_use: str | None
    other_use_certain: Tri
    adult: Tri
    taken_low: float | None
    taken_high: float | None
    pdc_low: float | None
    pdc_high: float | None
    dose_max_low: float | None
    dose_max_high: float | None
    dose_unit: str | None
    uncertain_dates: bool
    stopped_for: tuple[str, ...]
    outcome: Outcome
    next_start: int | None
    augmented_by: tuple[str, ...]
    why: tuple[Statement, ...]
    sources: tuple[str, ...]


class Judgement(msgspec.Struct, kw_only=True, gc=False):
    """One trial as one policy sees it. ``counts`` is whether it is a failed adequate attempt.

    ``missing``: the facts that keep ``counts`` unknown: ``dose``, ``sessions``, ``duration``, ``intake``,
    ``outcome``, ``next_treatment``, ``stop_reason``, ``treatment``, ``age``, ``minimum`` (no least dose is
    known) or ``base`` (whether the treatment beside it was one of depression). ``settled_on``: the day on
    which the failure stood.
    """

    trial: str
    counts: Tri
    dose: Tri
    duration: Tri
    intake: Tri
    adequate: Tri
    outcome: Tri
    settled_on: int
    missing: tuple[str, ...]
    assumptions: tuple[Statement, ...]
    why: tuple[Statement, ...]


class Status(msgspec.Struct, kw_only=True, gc=False):
    """A definition's verdict for an episode (``episode`` is ``None`` for definitions over a lifetime).

    ``certain``/``possible`` count in the definition's own unit; ``needed`` is what it asks for.
    ``decisive``: the trials that count or could; ``opened``: open parameters whose other end changes the
    verdict.
    """

    definition: str
    name: str
    episode: str | None
    headline: bool
    verdict: str
    certain: float
    possible: float
    needed: float
    first_met: int | None
    exclusion: str | None
    assumptions: tuple[Statement, ...]
    questions: tuple[str, ...]
    why: tuple[Statement, ...]
    opened: tuple[Statement, ...]
    decisive: tuple[str, ...]
    citation: str


class StagingItem(msgspec.Struct, kw_only=True, gc=False):
    """One item of a staging score: its level and its points, low and high."""

    item: str
    level_low: str
    level_high: str
    low: float
    high: float
    why: tuple[Statement, ...]
    sources: tuple[str, ...]


class Staging(msgspec.Struct, kw_only=True, gc=False):
    """A staging model's score for an episode; ``applies`` false with the reason where it does not apply."""

    model: str
    name: str
    episode: str
    applies: bool
    low: float | None
    high: float | None
    level_low: str | None
    level_high: str | None
    band_low: str | None
    band_high: str | None
    items: tuple[StagingItem, ...]
    why: tuple[Statement, ...]
    citation: str


class Question(msgspec.Struct, kw_only=True, gc=False):
    """A fact that would settle something. ``settles``: definitions; ``about``: a trial id or ``person``.

    ``field``: ``dose``, ``end``, ``taken``, ``outcome``, ``stop_reason``, ``treatment``, ``condition``,
    ``birth_date``. ``type``: ``number``, ``choice``, ``date`` or ``text``.
    """

    id: str
    about: str
    field: str
    type: str
    choices: tuple[str, ...]
    text: Statement
    settles: tuple[str, ...]


class SafetyFinding(msgspec.Struct, kw_only=True, gc=False):
    """Something told about safety, how pressing it is, and its day (``None`` where nobody wrote it down)."""

    rule: str
    level: str
    day: int | None
    statement: Statement


class Settings(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What a run was asked: the day, the instrument, the region, the words."""

    as_of: int
    instrument: str
    region: str | None = None
    language: str = "en"
    audience: str = "clinician"
    #: What matters to the person: preference or effect to weight.
    preferences: tuple[tuple[str, float], ...] = ()


class Judged(msgspec.Struct, kw_only=True, gc=False):
    """All that the rules say of one person."""

    applicable: Statement | None
    trials: list[Trial]
    episodes: list[Episode]
    judgements: dict[str, list[Judgement]]
    adequacy: dict[str, Judgement]
    status: list[Status]
    staging: list[Staging]
    questions: list[Question]
    set_aside: list[Statement]
