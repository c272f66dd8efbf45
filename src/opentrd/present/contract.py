"""The JSON that others hold on to: what ``opentrd assess --format json`` and the service give out.

``python -m opentrd.present.contract docs/schema/assessment-1.json`` writes its JSON Schema. Days are ISO
dates, ends are the first day without (half-open), unknown is ``null``, and what ``low``/``high`` enclose is
certain at one end and possible at the other.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import msgspec

SCHEMA: Final = "opentrd.assessment/1"


class StatementOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One thing said: its key and values, its words, its basis.

    ``text`` is ``null`` where words are not asked for, or where the statement serves another audience alone.
    """

    key: str
    params: dict[str, str | int | float | list[str] | None]
    text: str | None
    sources: tuple[str, ...]
    citations: tuple[str, ...]
    searched: tuple[str, ...]


class BoundsOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What is certain and what is possible."""

    low: float | None
    high: float | None


class DoseOut(BoundsOut, kw_only=True, frozen=True):
    """A dose with its unit."""

    unit: str | None


class LevelsOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A named level, low and high."""

    low: str | None
    high: str | None


class DoseStepOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Days with one total daily dose. ``certain`` is false where only an order speaks for them."""

    start: str
    end: str
    low: float | None
    high: float | None
    unit: str | None
    certain: bool
    sources: tuple[str, ...]


class AdequateOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Adequacy by the chosen instrument."""

    dose: bool | None
    duration: bool | None
    adherence: bool | None
    overall: bool | None


class OutcomeOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What a trial did. ``basis``: ``score``, ``report``, ``stop_reason`` or ``none``."""

    result: str | None
    basis: str
    scale: str | None
    baseline: float | None
    last: float | None
    percent_change: float | None
    lost_response: bool | None
    stopped_for: tuple[str, ...]


class TrialOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A course of treatment judged as an attempt."""

    id: str
    episode: str
    treatment: str
    class_: str = msgspec.field(name="class")
    kind: str
    role: str
    base: str | None
    start: str
    end: str | None
    ongoing: bool | None
    uncertain_dates: bool
    days: BoundsOut
    sessions: BoundsOut
    dose_max: DoseOut
    dose_steps: list[DoseStepOut]
    pdc: BoundsOut
    adequate: AdequateOut
    outcome: OutcomeOut
    why: list[StatementOut]
    sources: tuple[str, ...]


class EpisodeOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One episode of illness; ``end`` is ``null`` while it goes on."""

    id: str
    start: str
    end: str | None
    severity: str | None
    why: list[StatementOut]
    sources: tuple[str, ...]


class ScoreOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A rating; ``source`` is the first of the lines it was made of, ``sources`` all."""

    scale: str
    day: str
    value: float | None
    source: str | None
    sources: tuple[str, ...]


class JudgementOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A trial as a definition sees it: does it count as a failed adequate attempt?"""

    trial: str
    definition: str
    counts: bool | None
    dose: bool | None
    duration: bool | None
    intake: bool | None
    outcome: bool | None
    why: list[StatementOut]


class StatusOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A definition's verdict. ``open``: readings of ours whose other end would change it."""

    definition: str
    name: str
    episode: str | None
    headline: bool
    verdict: str
    exclusion: str | None
    failures: FailuresOut
    first_met: str | None
    decisive: tuple[str, ...]
    assumptions: list[StatementOut]
    questions: tuple[str, ...]
    why: list[StatementOut]
    open: list[StatementOut]
    citation: str


class FailuresOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Failures in the definition's own unit, and how many it asks for."""

    certain: float
    possible: float
    needed: float


class StagingItemOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """An item of a staging score; ``level`` is ``null`` while two levels are possible."""

    item: str
    level: str | None
    levels: LevelsOut
    low: float
    high: float
    why: list[StatementOut]
    sources: tuple[str, ...]


class StagingOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A staging model's score, low and high; without a score where the model does not apply."""

    model: str
    name: str
    episode: str
    applies: bool
    low: float | None
    high: float | None
    level: LevelsOut
    band: LevelsOut
    items: list[StagingItemOut]
    why: list[StatementOut]
    citation: str


class QuestionOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A fact that would settle something; its ``id`` is the key for ``--answers``."""

    id: str
    about: str
    field: str
    type: str
    choices: tuple[str, ...]
    text: str | None
    statement: StatementOut
    settles: tuple[str, ...]


class AnswerOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What is said first: the sentences (``null`` where words are not asked for), and what they rest on.

    ``kind`` is the answer in a word; ``bring`` are three questions for the visit.
    """

    kind: str
    headline: str | None
    short: str | None
    verdicts: str | None
    next: str | None
    bring: list[StatementOut]
    basis: StatementOut


class ReviewLineOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One thing a specialist looks at.

    ``finding``: ``present`` (what the check looks for was found), ``absent`` or ``unknown``.
    """

    check: str
    domain: str
    name: str | None
    finding: str
    why: list[StatementOut]
    ask: StatementOut | None
    sources: tuple[str, ...]
    searched: tuple[str, ...]
    citation: str


class CautionOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A reason for care: ``severity`` is ``avoid``, ``caution`` or ``monitor``.

    ``applies`` is ``null`` while a fact is open; ``until`` is the day on which a wash-out is over.
    """

    caution: str
    medicine: str | None
    severity: str
    applies: bool | None
    until: str | None
    statement: StatementOut
    ask: StatementOut | None
    citations: tuple[str, ...]


class OptionOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A next step to weigh: ``fit`` is ``suggested``, ``possible``, ``caution``, ``avoid`` or ``later``.

    ``placed_by`` is the row of ``option_order`` that gave it its ``rank``.
    """

    option: str
    name: str | None
    what: str | None
    category: str
    fit: str
    rank: int
    placed_by: str
    medicines: tuple[str, ...]
    why: list[StatementOut]
    cautions: list[CautionOut]
    evidence: list[StatementOut]
    citations: tuple[str, ...]


class ContactOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Where help is; ``confirmed`` once its operator confirmed it."""

    region: str
    sort: str
    name: str
    number: str
    confirmed: bool


class SafetyFindingOut(StatementOut, kw_only=True, frozen=True, gc=False):
    """One thing told about safety: a statement with its rule, its level and its day, where known."""

    rule: str
    level: str
    day: str | None


class SafetyOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What puts help on top. ``level`` and ``do`` are ``null`` without a finding.

    ``alarm``: help stands on top. ``do``: what to do now; ``notes``: what is said under the findings.
    """

    level: str | None
    alarm: bool
    do: StatementOut | None
    findings: list[SafetyFindingOut]
    notes: list[StatementOut]
    contacts: list[ContactOut]


class NotUsedOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A line that was read and not used."""

    source: str
    resource: str
    reason: str
    text: str | None


class KnowledgeOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Which tables were used, and how many rows of them are a clinic's own."""

    version: str
    local_rows: int


class SettingsOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What the run was asked."""

    instrument: str
    region: str | None
    language: str
    audience: str
    version: str
    preferences: dict[str, float]


class PersonOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Who; ``birth_date`` may be a year or a month alone."""

    id: str
    birth_date: str | None
    sex: str | None


class AssessmentOut(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One person's assessment. ``not_applicable`` says why no verdict is given, where none is."""

    schema: str
    as_of: str
    settings: SettingsOut
    person: PersonOut
    answer: AnswerOut
    not_applicable: StatementOut | None
    trials: list[TrialOut]
    episodes: list[EpisodeOut]
    scores: list[ScoreOut]
    judgements: list[JudgementOut]
    status: list[StatusOut]
    staging: list[StagingOut]
    questions: list[QuestionOut]
    review: list[ReviewLineOut]
    options: list[OptionOut]
    cautions: list[CautionOut]
    background: list[StatementOut]
    safety: SafetyOut
    set_aside: list[StatementOut]
    used: int
    not_used: list[NotUsedOut]
    knowledge: KnowledgeOut


def schema() -> dict[str, Any]:
    """Return the JSON Schema of an assessment."""
    made = msgspec.json.schema(AssessmentOut)
    made["$defs"]["AssessmentOut"]["properties"]["schema"] = {"const": SCHEMA}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "description": "An OpenTRD assessment of one person. It informs and does not decide.",
        **made,
    }


def write_schema(path: Path) -> None:
    """Write the JSON Schema to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(schema()), indent=1) + b"\n")


if __name__ == "__main__":
    write_schema(Path(sys.argv[1]))
