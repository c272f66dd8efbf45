"""What the course of an episode says beside the verdicts: what was no full trial, what still helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentrd.kleene import NO, YES
from opentrd.rules.model import Trial

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

HELPED: Final = frozenset({"remission", "response"})
#: Why a trial was no full one, in the order in which they are told.
SHORTFALLS: Final = ("adverse", "dose", "intake", "sessions", "time", "early")
_BY_SESSIONS: Final = frozenset({"psychotherapy", "stimulation"})


def goes_on(trial: Trial, as_of: int) -> bool:
    """Say whether a trial is known to go on, or its supplies reach beyond the day of the assessment."""
    return trial.ongoing == YES or (trial.era.end_earliest > as_of and not trial.open_end)


def shortfall(a: Assessment, trial: Trial) -> str | None:
    """Return the first reason why a trial was no full one; ``None`` for one that was, or that helped."""
    judgement = a.judged.adequacy.get(trial.id)
    if judgement is None or judgement.adequate != NO or trial.outcome.result in HELPED:
        return None
    if "adverse" in trial.stopped_for:
        return "adverse"
    if judgement.dose == NO:
        return "dose"
    if judgement.intake == NO:
        return "intake"
    if trial.kind in _BY_SESSIONS:
        return "sessions"
    return "early" if goes_on(trial, a.settings.as_of) else "time"


def shortfalls(a: Assessment, trials: list[Trial], words: Words) -> str:
    """Say which trials were no full ones, by reason; nothing where all were."""
    found: dict[str, list[str]] = {}
    for trial in trials:
        reason = shortfall(a, trial)
        if reason is not None and trial.treatment not in found.setdefault(reason, []):
            found[reason].append(trial.treatment)
    parts = [
        words.text("answer.short.part", treatments=tuple(found[reason]), reason=reason)
        for reason in SHORTFALLS
        if reason in found
    ]
    return words.text("answer.short", parts="; ".join(parts)) if parts else ""


def helped(trial: Trial) -> bool:
    """Say whether a trial brought a response that it did not lose."""
    return trial.outcome.result in HELPED and trial.outcome.lost_response != YES


def holds(a: Assessment, trial: Trial) -> bool:
    """Say whether no later score speaks against what a trial brought: the latest of its scale, or of any."""
    found = trial.outcome
    scores = [(s.day_latest, s.scale, s.value) for s in a.record.scores if s.value is not None]
    if found.last is None:
        return all(day <= trial.start for day, _, _ in scores)
    if found.baseline is None:
        return all(day <= (found.last_day or trial.start) for day, _, _ in scores)
    latest = max((day, value) for day, scale, value in scores if scale == found.scale)[1]
    return abs(latest - found.last) < abs(latest - found.baseline)


def severity(a: Assessment, episode: str) -> str | None:
    """Return how severe an episode is, as the staging read it; ``None`` where it is not known."""
    for staging in a.judged.staging:
        for item in staging.items if staging.episode == episode else ():
            if item.item == "severity" and item.level_low == item.level_high:
                return item.level_low
    return None
