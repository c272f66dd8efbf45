"""What the review needs to know of one person, looked up once: treatments, conditions, tests, failures.

Nothing here decides anything. What the record does not say stays unknown: a condition that nobody wrote
down is ``not_recorded``, never absent; a medicine without an end may still be taken; a pregnancy that
nobody asked about is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_or
from opentrd.knowledge.systems import code_key, system_name
from opentrd.records.model import Condition, Exposure, Observation, Record, Score
from opentrd.review.kept import Kept
from opentrd.review.taking import Taking, find_takings
from opentrd.rules.case import begun_by
from opentrd.rules.exclusions import SUSPECTED, Exclusions, names_of
from opentrd.rules.model import Episode, Judged, Judgement, Trial
from opentrd.rules.trials import age_at, is_adult
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge
    from opentrd.rules.rulebook import RuleBook

__all__ = ["Failures", "Found", "ReviewContext", "Taking"]

ENDED: Final = ("resolved", "inactive", "remission")
MALE: Final = "male"
#: Kinds of failed attempts, beside the medicines that are main antidepressants.
ADDED_ROLES: Final = ("augmentation", "combination", "add_on_without_base")


class Found(msgspec.Struct, frozen=True):
    """Whether a condition is there; ``now``: is it still.

    ``state``: ``recorded``, ``suspected``, ``denied`` or ``not_recorded``.
    """

    state: str
    now: Tri
    statement: Statement
    rows: tuple[Condition, ...] = ()

    @property
    def present(self) -> Tri:
        """Yes where recorded, no where denied, otherwise unknown."""
        return YES if self.state == "recorded" else NO if self.state == "denied" else UNKNOWN


class Described(msgspec.Struct, frozen=True, gc=False):
    """A condition of the person with what rows compare: its names and groups, its ICD-10 codes."""

    condition: Condition
    names: frozenset[str]
    icd: tuple[str, ...]


class Failures(msgspec.Struct, frozen=True):
    """Failed adequate attempts of the present episode, each treatment once: certain and possible ones."""

    certain: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


class ReviewContext:
    """One person on one day, with everything that the checklist, the options and the cautions look up."""

    def __init__(
        self,
        record: Record,
        judged: Judged,
        book: RuleBook,
        knowledge: Knowledge,
        as_of: int,
        region: str | None = None,
        preferences: Mapping[str, float] | None = None,
    ) -> None:
        self.record = record
        self.judged = judged
        self.book = book
        self.knowledge = knowledge
        self.as_of = as_of
        self.region = region
        self.preferences: Mapping[str, float] = preferences or {}
        self.kept = Kept()

    # Who

    @cached_property
    def age(self) -> float | None:
        """Completed years on the day of the review; from the middle of what is known of the birth date."""
        return age_at(self.record.person, self.as_of)

    def aged_at_least(self, years: int) -> Tri:
        """Tell whether the person has completed so many years; unknown where the birth date is open."""
        return is_adult(self.record.person, self.as_of, years)

    @property
    def sex(self) -> str | None:
        """``female``, ``male``, another word of the record, or ``None``."""
        return self.record.person.sex

    def convention(self, key: str) -> float:
        """Return the value of a row of the table ``convention``."""
        return self.knowledge.conventions[key].value

    # Treatments

    @cached_property
    def takings(self) -> tuple[Taking, ...]:
        """Every treatment of the record, comedications too, each once with its latest time; by first day."""
        return find_takings(self.record.exposures, self.judged.trials, self.book, self.as_of)

    @cached_property
    def current(self) -> tuple[Taking, ...]:
        """What is taken now, or may be (``now`` says which)."""
        return tuple(t for t in self.takings if t.now != NO)

    def recent(self, days: int) -> tuple[Taking, ...]:
        """Return what was or may have been taken on one of the last so many days, and what is taken now."""
        return tuple(t for t in self.takings if t.now != NO or t.last_latest >= self.as_of - days)

    def taken_now(self, treatments: Iterable[str]) -> tuple[Taking, ...]:
        """Return those of the given treatments that are or may be taken now."""
        wanted = set(treatments)
        return tuple(t for t in self.current if t.treatment in wanted)

    # Conditions

    @cached_property
    def conditions(self) -> list[Condition]:
        """The conditions of the person and the family that had begun by the day of the review."""
        return begun_by(self.record.conditions, self.as_of + 1)

    @cached_property
    def _exclusions(self) -> Exclusions:
        return Exclusions(self.conditions, self.record.observations, self.book)

    @cached_property
    def described(self) -> tuple[Described, ...]:
        """The person's own conditions, described once for all rows that look among them."""
        return tuple(
            Described(
                row,
                names_of(row.concept, self.book) if row.concept is not None else frozenset(),
                tuple(
                    code_key(name, code)
                    for system, code in row.codes
                    if (name := system_name(system)).startswith("ICD-10")
                ),
            )
            for row in self.conditions
            if not row.family_member
        )

    @cached_property
    def _own(self) -> dict[str, list[Condition]]:
        rows: dict[str, list[Condition]] = {}
        for own in self.described:
            for name in own.names:
                rows.setdefault(name, []).append(own.condition)
        return rows

    def find(self, name: str) -> Found:
        """Return what the record says of a condition (a concept or a group of the table ``condition``)."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._find(name)
        return found

    @cached_property
    def _found(self) -> dict[str, Found]:
        return {}

    def _find(self, name: str) -> Found:
        _, statement = self._exclusions.find(name)
        rows = tuple(self._own.get(name, ()))
        if not rows:
            state = "denied" if statement.key == "exclusion.denied" else "not_recorded"
            return Found(state, NO if state == "denied" else UNKNOWN, statement)
        sure = tuple(row for row in rows if row.verification not in SUSPECTED)
        now: Tri = NO
        for row in sure or rows:
            now = tri_or(now, self.still(row))
        return Found("recorded" if sure else "suspected", now, statement, sure or rows)

    def still(self, row: Condition) -> Tri:
        """Tell whether a condition is still there: no once it ended, unknown where it is only suspected."""
        if row.end_latest is not None and row.end_latest <= self.as_of:
            return NO
        if row.clinical_status in ENDED:
            return NO
        return UNKNOWN if row.verification in SUSPECTED else YES

    def family(self, names: Iterable[str]) -> tuple[Condition, ...]:
        """Return the rows that say that a relative has one of these conditions (concepts or groups)."""
        wanted = set(names)
        return tuple(
            row
            for row in self.conditions
            if row.family_member and row.concept is not None and wanted & names_of(row.concept, self.book)
        )

    def family_denied(self, name: str) -> tuple[Observation, ...]:
        """Return the rows that say that no relative has a condition (or a kind of it)."""
        return tuple(
            row
            for row in self.record.observations
            if row.kind == "family"
            and row.negated == YES
            and row.concept is not None
            and name in names_of(row.concept, self.book)
        )

    # Tests, signs, devices, allergies

    @cached_property
    def _observed(self) -> dict[str, list[Observation]]:
        rows: dict[str, list[Observation]] = {}
        for row in self.record.observations:
            if row.concept is not None and (row.day_earliest is None or row.day_earliest <= self.as_of):
                rows.setdefault(row.concept, []).append(row)
        for found in rows.values():
            found.sort(key=lambda row: (day_of(row) or 0, row.source_ids))
        return rows

    def observed(self, concept: str) -> tuple[Observation, ...]:
        """Return all observations of a concept up to the day of the review, the oldest first."""
        return tuple(self._observed.get(concept, ()))

    def latest(self, concept: str) -> Observation | None:
        """Return the latest observation of a concept, undated ones counting as oldest."""
        rows = self._observed.get(concept)
        return rows[-1] if rows else None

    def days_since(self, row: Observation) -> int | None:
        """Return how many days ago an observation was made; ``None`` where it has no day."""
        day = day_of(row)
        return None if day is None else self.as_of - min(day, self.as_of)

    @cached_property
    def devices(self) -> tuple[Observation, ...]:
        """Devices and implants that the record names and that are not denied."""
        return tuple(
            o
            for o in self.record.observations
            if o.kind == "device" and o.negated != YES and (o.end_latest is None or o.end_latest > self.as_of)
        )

    @cached_property
    def allergies(self) -> tuple[Observation, ...]:
        """Allergies and intolerances with a substance."""
        return tuple(
            o for o in self.record.observations if o.kind == "allergy" and o.substance and o.negated != YES
        )

    @cached_property
    def allergies_known(self) -> Tri:
        """Yes where some are recorded, no where the record says that there are none, otherwise unknown."""
        if self.allergies:
            return YES
        denied = any(o.kind == "allergy" and o.negated == YES for o in self.record.observations)
        return NO if denied else UNKNOWN

    @cached_property
    def pregnancy(self) -> tuple[Tri, Statement]:
        """Whether the person is pregnant: recorded or tested lately, ruled out by sex or age, or unknown."""
        if self.sex == MALE:
            return NO, Statement("review.not_pregnant.sex", {}, self.record.person.source_ids)
        within = int(self.convention("pregnancy_recent_days"))
        cites = ("convention:pregnancy_recent_days",)
        for row in self._own.get("pregnancy", ()):
            begun = row.onset_latest
            recent = begun is None or self.as_of - begun <= within
            if recent and self.still(row) == YES:
                return YES, Statement("review.pregnant", {"day": begun}, row.source_ids, cites)
        newest = [o for c in ("pregnancy_status", "pregnancy_test") if (o := self.latest(c)) is not None]
        for row_ in sorted(newest, key=lambda o: day_of(o) or 0, reverse=True):
            age = self.days_since(row_)
            if age is None or age > within:
                continue
            if row_.negated == NO:
                return YES, Statement("review.pregnant", {"day": day_of(row_)}, row_.source_ids, cites)
        oldest = int(self.convention("pregnancy_age_to"))
        if self.aged_at_least(oldest) == YES:
            said = Statement(
                "review.not_pregnant.age",
                {"age": self.age},
                self.record.person.source_ids,
                ("convention:pregnancy_age_to",),
            )
            return NO, said
        denied = self.find("pregnancy")
        if denied.state == "denied":
            return NO, denied.statement
        fresh = int(self.convention("pregnancy_negative_days"))
        for row_ in newest:
            age = self.days_since(row_)
            if row_.negated == YES and age is not None and age <= fresh:
                said = Statement(
                    "review.not_pregnant.test",
                    {"day": day_of(row_)},
                    row_.source_ids,
                    ("convention:pregnancy_negative_days",),
                )
                return NO, said
        return UNKNOWN, Statement("review.pregnancy_unknown", searched=("condition", "observation"))

    def scores(self, scale: str) -> tuple[Score, ...]:
        """Return the scores of a scale up to the day of the review, the oldest first."""
        rows = [s for s in self.record.scores if s.scale == scale and s.day_earliest <= self.as_of]
        return tuple(sorted(rows, key=lambda s: (s.day_latest, s.source_ids)))

    # The course

    @cached_property
    def episode(self) -> Episode | None:
        """The present (latest) episode, the one of the headline."""
        return self.judged.episodes[-1] if self.judged.episodes else None

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """The trials of the present episode against depression, in order of time."""
        if self.episode is None:
            return ()
        return tuple(
            t for t in self.judged.trials if t.episode == self.episode.id and t.role != "not_for_depression"
        )

    @cached_property
    def trials_now(self) -> tuple[Trial, ...]:
        """The trials of the present episode that go on, or may."""
        going = {t.treatment for t in self.current}
        last: dict[str, Trial] = {}
        for trial in self.trials:
            last[trial.treatment] = trial
        return tuple(t for t in last.values() if t.treatment in going)

    def judgement(self, trial: Trial) -> Judgement | None:
        """Return how the chosen instrument judges a trial."""
        return self.judged.adequacy.get(trial.id)

    @cached_property
    def failures(self) -> dict[str, Failures]:
        """Failed adequate attempts of the present episode by sort.

        ``medicine`` (main antidepressants), ``added`` (augmentations and combinations), ``psychotherapy``,
        ``stimulation`` and ``lifestyle``. A treatment that certainly failed once is not counted as one that
        may have.
        """
        certain: dict[str, list[str]] = {}
        possible: dict[str, list[str]] = {}
        for trial in self.trials:
            judgement = self.judgement(trial)
            if judgement is None or judgement.counts == NO:
                continue
            into = certain if judgement.counts == YES else possible
            names = into.setdefault(failure_sort(trial), [])
            if trial.treatment not in names:
                names.append(trial.treatment)
        return {
            sort: Failures(
                tuple(certain.get(sort, ())),
                tuple(t for t in possible.get(sort, ()) if t not in certain.get(sort, ())),
            )
            for sort in ("medicine", "added", "psychotherapy", "stimulation", "lifestyle")
        }

    @cached_property
    def failed_certain(self) -> int:
        """The number of main antidepressants that certainly failed in the present episode."""
        return len(self.failures["medicine"].certain)

    @cached_property
    def failed_possible(self) -> int:
        """The same with those that may have failed: never fewer than those certain."""
        return self.failed_certain + len(self.failures["medicine"].possible)


def failure_sort(trial: Trial) -> str:
    """Return what sort of attempt a trial was."""
    if trial.kind != "medicine":
        return trial.kind
    return "added" if trial.role in ADDED_ROLES else "medicine"


def day_of(row: Observation) -> int | None:
    """Return the latest day on which an observation may have been made."""
    return row.day_latest if row.day_latest is not None else row.day_earliest


def sources_of(rows: Iterable[Condition | Observation | Exposure | Score]) -> tuple[str, ...]:
    """Return the record lines behind several rows, each once."""
    return tuple(dict.fromkeys(source for row in rows for source in row.source_ids))
