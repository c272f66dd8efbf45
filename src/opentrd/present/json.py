"""An assessment as JSON, as the contract has it (``present/contract.py``)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from opentrd.kleene import YES, to_bool
from opentrd.present import contract as out
from opentrd.present.answer import answer, to_bring
from opentrd.present.course import severity
from opentrd.present.json_statements import StatementWriter
from opentrd.present.safety import alarming, contacts, do_now, level, notes
from opentrd.present.unused import unused_text
from opentrd.rules.model import Outcome, SafetyFinding, Staging, Status, Trial
from opentrd.statement import Statement
from opentrd.version import __version__

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words
    from opentrd.review.model import Caution, Option, ReviewLine

_ENCODE = msgspec.json.Encoder().encode


def to_json(assessment: Assessment, words: Words, texts: bool = True) -> bytes:
    """Return an assessment as JSON. ``texts`` false leaves the words out and keeps the data."""
    return _ENCODE(_Writer(words, texts).assessment(assessment))


def to_contract(assessment: Assessment, words: Words) -> out.AssessmentOut:
    """Return an assessment in the structures of the contract, nothing of it encoded yet."""
    return _PlainWriter(words, True).assessment(assessment)


class _Writer(StatementWriter):
    """Writes one assessment in the structures of the contract, for the encoder alone."""

    def assessment(self, a: Assessment) -> out.AssessmentOut:
        judged, record = a.judged, a.record
        return out.AssessmentOut(
            schema=out.SCHEMA,
            as_of=self.day(a.settings.as_of),
            settings=out.SettingsOut(
                instrument=a.settings.instrument,
                region=a.settings.region,
                language=a.settings.language,
                audience=a.settings.audience,
                version=__version__,
                preferences=dict(a.settings.preferences),
            ),
            person=out.PersonOut(
                id=record.person.person_id,
                birth_date=partial_day(record.person.birth_earliest, record.person.birth_latest),
                sex=record.person.sex,
            ),
            answer=self.answer(a),
            not_applicable=None if judged.applicable is None else self.statement(judged.applicable),
            trials=[self.trial(trial, a) for trial in judged.trials],
            episodes=self.episodes(a),
            scores=[
                out.ScoreOut(
                    scale=score.scale,
                    day=self.day((score.day_earliest + score.day_latest) // 2),
                    value=score.value,
                    source=score.source_ids[0] if score.source_ids else None,
                    sources=score.source_ids,
                )
                for score in record.scores
            ],
            judgements=self.judgements(a),
            status=[self.status(status) for status in judged.status],
            staging=[self.staging(staging) for staging in judged.staging],
            questions=[
                out.QuestionOut(
                    id=question.id,
                    about=question.about,
                    field=question.field,
                    type=question.type,
                    choices=question.choices,
                    text=self.written(question.text).text,
                    statement=self.statement(question.text),
                    settles=question.settles,
                )
                for question in judged.questions
            ],
            review=[self.review_line(line) for line in a.review],
            options=[self.option(option) for option in a.options],
            cautions=[self.caution(caution) for caution in a.cautions],
            background=self.statements(a.background),
            safety=self.safety(a),
            set_aside=self.statements(judged.set_aside),
            used=len(record.used),
            not_used=[
                out.NotUsedOut(
                    source=line.source_id,
                    resource=line.resource,
                    reason=line.reason,
                    text=unused_text(line.reason, line.detail, self._words) if self._texts else None,
                )
                for line in record.unused
            ],
            knowledge=out.KnowledgeOut(version=a.knowledge.version, local_rows=a.knowledge.local_rows),
        )

    # parts

    def trial(self, trial: Trial, a: Assessment) -> out.TrialOut:
        """Return a trial with its adequacy by the chosen instrument."""
        judgement = a.judged.adequacy.get(trial.id)
        era = trial.era
        return out.TrialOut(
            id=trial.id,
            episode=trial.episode,
            treatment=trial.treatment,
            class_=trial.class_,
            kind=trial.kind,
            role=trial.role,
            base=trial.base,
            start=self.day(trial.start),
            end=None if trial.open_end or trial.ongoing == YES else self.day(era.end),
            ongoing=to_bool(trial.ongoing),
            uncertain_dates=trial.uncertain_dates,
            days=out.BoundsOut(low=trial.days_low, high=trial.days_high),
            sessions=out.BoundsOut(low=era.sessions_low, high=era.sessions_high),
            dose_max=out.DoseOut(low=trial.dose_max_low, high=trial.dose_max_high, unit=trial.dose_unit),
            dose_steps=[
                out.DoseStepOut(
                    start=self.day(step.start),
                    end=self.day(step.end),
                    low=step.dose_low,
                    high=step.dose_high,
                    unit=step.dose_unit,
                    certain=step.certain,
                    sources=step.sources,
                )
                for step in era.steps
            ],
            pdc=out.BoundsOut(low=trial.pdc_low, high=trial.pdc_high),
            adequate=out.AdequateOut(dose=None, duration=None, adherence=None, overall=None)
            if judgement is None
            else out.AdequateOut(
                dose=to_bool(judgement.dose),
                duration=to_bool(judgement.duration),
                adherence=to_bool(judgement.intake),
                overall=to_bool(judgement.adequate),
            ),
            outcome=_outcome(trial.outcome, trial.stopped_for),
            why=self.statements(
                (*trial.why, *era.notes, *(judgement.why if judgement else ()), *trial.outcome.why)
            ),
            sources=trial.sources,
        )

    def episodes(self, a: Assessment) -> list[out.EpisodeOut]:
        """Return the episodes, with the severity that the staging saw."""
        return [
            out.EpisodeOut(
                id=episode.id,
                start=self.day(episode.start),
                end=None if episode.end is None else self.day(episode.end),
                severity=severity(a, episode.id),
                why=self.statements(episode.why),
                sources=episode.sources,
            )
            for episode in a.judged.episodes
        ]

    def judgements(self, a: Assessment) -> list[out.JudgementOut]:
        """Return each trial under each definition."""
        whys: dict[int, list[out.StatementOut]] = {}
        made = []
        for definition, judgements in a.judged.judgements.items():
            for judgement in judgements:
                why = whys.get(id(judgement))
                if why is None:
                    why = whys[id(judgement)] = self.shared(judgement.why)
                made.append(
                    out.JudgementOut(
                        trial=judgement.trial,
                        definition=definition,
                        counts=to_bool(judgement.counts),
                        dose=to_bool(judgement.dose),
                        duration=to_bool(judgement.duration),
                        intake=to_bool(judgement.intake),
                        outcome=to_bool(judgement.outcome),
                        why=why,
                    )
                )
        return made

    def status(self, status: Status) -> out.StatusOut:
        """Return a verdict."""
        return out.StatusOut(
            definition=status.definition,
            name=status.name,
            episode=status.episode,
            headline=status.headline,
            verdict=status.verdict,
            exclusion=status.exclusion,
            failures=out.FailuresOut(certain=status.certain, possible=status.possible, needed=status.needed),
            first_met=None if status.first_met is None else self.day(status.first_met),
            decisive=status.decisive,
            assumptions=self.statements(status.assumptions),
            questions=status.questions,
            why=self.statements(status.why),
            open=self.statements(status.opened),
            citation=status.citation,
        )

    def staging(self, staging: Staging) -> out.StagingOut:
        """Return a staging score."""
        return out.StagingOut(
            model=staging.model,
            name=staging.name,
            episode=staging.episode,
            applies=staging.applies,
            low=staging.low,
            high=staging.high,
            level=out.LevelsOut(low=staging.level_low, high=staging.level_high),
            band=out.LevelsOut(low=staging.band_low, high=staging.band_high),
            items=[
                out.StagingItemOut(
                    item=item.item,
                    level=item.level_low if item.level_low == item.level_high else None,
                    levels=out.LevelsOut(low=item.level_low, high=item.level_high),
                    low=item.low,
                    high=item.high,
                    why=self.statements(item.why),
                    sources=item.sources,
                )
                for item in staging.items
            ],
            why=self.statements(staging.why),
            citation=staging.citation,
        )

    def answer(self, a: Assessment) -> out.AnswerOut:
        """Return what is said first."""
        found = answer(a, self._words)
        said = self._texts
        return out.AnswerOut(
            kind=found.kind,
            headline=found.headline if said else None,
            short=(found.short or None) if said else None,
            verdicts=(found.verdicts or None) if said else None,
            next=found.next_line if said else None,
            bring=self.statements(to_bring(found)),
            basis=self.statement(found.basis),
        )

    def review_line(self, line: ReviewLine) -> out.ReviewLineOut:
        """Return a line of the review."""
        return out.ReviewLineOut(
            check=line.check,
            domain=line.domain,
            name=self.name("check", line.check),
            finding=line.finding,
            why=self.statements(line.why),
            ask=None if line.ask is None else self.statement(line.ask),
            sources=line.sources,
            searched=line.searched,
            citation=line.citation,
        )

    def option(self, option: Option) -> out.OptionOut:
        """Return a next step."""
        return out.OptionOut(
            option=option.option,
            name=self.name("option_name", option.option),
            what=self.name("option_what", option.option),
            category=option.category,
            fit=option.fit,
            rank=option.rank,
            placed_by=option.placed_by,
            medicines=option.medicines,
            why=self.statements(option.why),
            cautions=[self.caution(caution) for caution in option.cautions],
            evidence=self.statements(option.evidence),
            citations=option.citations,
        )

    def caution(self, caution: Caution) -> out.CautionOut:
        """Return a reason for care."""
        return out.CautionOut(
            caution=caution.caution,
            medicine=caution.medicine,
            severity=caution.severity,
            applies=to_bool(caution.applies),
            until=None if caution.until is None else self.day(caution.until),
            statement=self.statement(caution.statement),
            ask=None if caution.ask is None else self.statement(caution.ask),
            citations=caution.citations,
        )

    def name(self, group: str, key: str) -> str | None:
        """Return what something is called, where words are asked for."""
        return self._words.write(group, key) if self._texts else None

    def safety(self, a: Assessment) -> out.SafetyOut:
        """Return the findings and where help is."""
        first = do_now(a)
        return out.SafetyOut(
            level=level(a.safety),
            alarm=alarming(a.safety),
            do=self.statement(first) if first is not None else None,
            findings=[self.safety_finding(finding) for finding in a.safety],
            notes=self.statements(notes(a)),
            contacts=[
                out.ContactOut(
                    region=row.region,
                    sort=row.sort,
                    name=row.name,
                    number=row.number,
                    confirmed=row.confirmed == "yes",
                )
                for row in contacts(self._words.knowledge, a.settings.region)
            ],
        )

    def safety_finding(self, finding: SafetyFinding) -> out.SafetyFindingOut:
        """Return a finding with its words."""
        said = msgspec.structs.asdict(self.written(finding.statement))
        day = None if finding.day is None else self.day(finding.day)
        return out.SafetyFindingOut(**said, rule=finding.rule, level=finding.level, day=day)


class _PlainWriter(_Writer):
    """Writes one assessment in the structures of the contract, for a reader in Python."""

    def written(self, statement: Statement) -> out.StatementOut:
        """Return a statement in the structure of the contract."""
        params, text = self.values(statement)
        return out.StatementOut(
            key=statement.key,
            params=params,
            text=text,
            sources=statement.sources,
            citations=statement.citations,
            searched=statement.searched,
        )

    statement = written
    shared = StatementWriter.statements


def _outcome(outcome: Outcome, stopped_for: tuple[str, ...]) -> out.OutcomeOut:
    return out.OutcomeOut(
        result=outcome.result,
        basis=outcome.basis,
        scale=outcome.scale,
        baseline=outcome.baseline,
        last=outcome.last,
        percent_change=None if outcome.percent_change is None else round(outcome.percent_change, 1),
        lost_response=to_bool(outcome.lost_response),
        stopped_for=stopped_for,
    )


def partial_day(earliest: int | None, latest: int | None) -> str | None:
    """Return a day as far as it is known: a date, a month, a year, or ``None``."""
    if earliest is None or latest is None:
        return None
    first, last = date.fromordinal(earliest), date.fromordinal(latest)
    if first == last:
        return first.isoformat()
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%Y-%m}"
    return f"{first:%Y}" if first.year == last.year else None
