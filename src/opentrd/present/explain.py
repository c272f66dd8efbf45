"""The derivation, step by step: a trial down to record lines, a definition down to trials, unused lines.

What is looked at and the next steps are explained in ``explain_review``.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from opentrd.kleene import Tri, to_bool
from opentrd.present.answer import current_status
from opentrd.present.citations import cite
from opentrd.present.explain_parts import add_sources, add_statement
from opentrd.present.explain_review import explain_review_subject, review_subjects
from opentrd.present.unused import unused_text
from opentrd.present.view import trial_views
from opentrd.present.words.formats import clean
from opentrd.rules.model import DoseStep, Judgement, Status, Trial
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

UNUSED: Final = "unused"


class UnknownSubjectError(Exception):
    """Nothing that this assessment can explain."""


def explain_subject(a: Assessment, subject: str | None, words: Words) -> RenderableType:
    """Return the derivation of what is named; without a name, what can be explained."""
    if subject is None:
        return subjects(a, words)
    if subject == UNUSED:
        return explain_unused(a, words)
    trial = next((t for t in a.judged.trials if t.id == subject), None)
    if trial is not None:
        return explain_trial(a, trial, words)
    found = [row for row in a.judged.status if row.definition == subject]
    if found:
        return explain_definition(a, found, words)
    said = explain_review_subject(a, subject, words)
    if said is not None:
        return said
    trials = ", ".join(t.id for t in a.judged.trials)
    raise UnknownSubjectError(words.text("explain.unknown", subject=subject, trials=trials or None))


def subjects(a: Assessment, words: Words) -> RenderableType:
    """Return what can be explained."""
    tree = Tree(Text(words.text("explain.subjects"), style="bold"), guide_style="dim")
    trials = tree.add(words.text("page.trials"))
    for view in trial_views(a, words):
        trials.add(Text(f"{view.trial.id}  {view.when} · {view.result_text}"))
    verdicts = tree.add(words.text("page.verdicts"))
    for row in current_status(a):
        name = words.write("definition", row.definition)
        verdicts.add(Text(f"{row.definition}  {name} · {words.text(f'verdict.{row.verdict}')}"))
    review_subjects(a, tree, words)
    tree.add(Text(f"{UNUSED}  {words.text('page.unused', unused=len(a.record.unused), read=a.record.read)}"))
    return tree


def explain_trial(a: Assessment, trial: Trial, words: Words) -> RenderableType:
    """Return how a trial was made of record lines and how it was judged."""
    view = next(v for v in trial_views(a, words) if v.trial is trial)
    tree = Tree(Text(f"{view.name}: {view.when} · {view.result_text}", style="bold"), guide_style="dim")
    lines = tree.add(words.text("explain.lines"))
    for step in trial.era.steps:
        add_sources(lines.add(Text(_step(step, words))), step.sources, words)
    for note in trial.era.notes:
        add_statement(lines, note, words)
    role = tree.add(words.text("explain.role", role=view.role))
    for statement in trial.why:
        add_statement(role, statement, words)
    outcome = tree.add(words.text("explain.outcome", outcome=view.result_text))
    for statement in trial.outcome.why:
        add_statement(outcome, statement, words)
    own = a.judged.adequacy.get(trial.id)
    if own is not None:
        title = words.text("explain.instrument", instrument=a.settings.instrument)
        _judgement(tree.add(Text(title)), own, words, skip=trial.outcome.why)
    for judgement, definitions in _policies(a, trial):
        if judgement is not own:
            names = words.text("explain.policy", n=len(definitions), definitions=tuple(sorted(definitions)))
            _judgement(tree.add(Text(names)), judgement, words, skip=trial.outcome.why)
    return tree


def _policies(a: Assessment, trial: Trial) -> list[tuple[Judgement, list[str]]]:
    """Return the distinct judgements of a trial, with the definitions that share each."""
    found: dict[int, tuple[Judgement, list[str]]] = {}
    for definition, judgements in a.judged.judgements.items():
        for judgement in judgements:
            if judgement.trial == trial.id:
                found.setdefault(id(judgement), (judgement, []))[1].append(definition)
    return sorted(found.values(), key=lambda item: -len(item[1]))


def _judgement(tree: Tree, judgement: Judgement, words: Words, skip: tuple[Statement, ...]) -> None:
    parts = {
        "dose": judgement.dose,
        "duration": judgement.duration,
        "intake": judgement.intake,
        "outcome": judgement.outcome,
    }
    said = ", ".join(f"{words.text(f'part.{part}')} {tri(value, words)}" for part, value in parts.items())
    tree.add(Text(f"{words.text('page.counts')} {tri(judgement.counts, words)} ({said})", style="bold"))
    left_out = {id(statement) for statement in skip}
    for statement in judgement.why:
        if id(statement) not in left_out:
            add_statement(tree, statement, words)
    for statement in judgement.assumptions:
        add_statement(tree, statement, words, assumed=True)


def explain_definition(a: Assessment, found: list[Status], words: Words) -> RenderableType:
    """Return which trials count under a definition and why, its exclusions, assumptions and open readings."""
    definition = words.knowledge.definitions.get(found[0].definition)
    parts: list[RenderableType] = [Text(words.write("definition", found[0].definition), style="bold")]
    if definition is not None:
        parts.append(Text(words.write("definition_note", definition.definition), style="dim"))
    citation = cite(found[0].citation, words)
    parts.append(
        Text(" ".join(filter(None, (citation.source, citation.mark and f"({citation.mark})"))), style="dim")
    )
    parts += [_verdict(a, row, words) for row in found]
    return Group(*parts)


def _verdict(a: Assessment, row: Status, words: Words) -> Tree:
    verdict = words.text(f"verdict.{row.verdict}")
    count = words.text("page.count", certain=row.certain, possible=row.possible, needed=row.needed)
    since = (
        "" if row.first_met is None else " · " + words.text("page.first_met", day=words.day(row.first_met))
    )
    title = words.text("explain.verdict", verdict=verdict, count=count, episode=row.episode) + since
    tree = Tree(Text(title, style="bold"), guide_style="dim")
    if row.exclusion:
        tree.add(Text(words.text("verdict.exclusion", exclusion=row.exclusion)))
    for statement in row.why:
        add_statement(tree, statement, words)
    episodes = {trial.id: trial.episode for trial in a.judged.trials}
    for judgement in a.judged.judgements.get(row.definition, []):
        if row.episode in (None, episodes.get(judgement.trial)):
            _judgement(tree.add(words.write("trial", judgement.trial)), judgement, words, skip=())
    for statement in row.assumptions:
        add_statement(tree, statement, words, assumed=True)
    for statement in row.opened:
        add_statement(tree, statement, words)
    asked = [question for question in a.judged.questions if question.id in row.questions]
    if asked:
        branch = tree.add(words.text("questions.title"))
        for question in asked:
            branch.add(Text(f"{question.id}  {words.say(question.text)}"))
    return tree


def explain_unused(a: Assessment, words: Words) -> RenderableType:
    """Return every line that was not used, by reason, and what was set aside."""
    title = words.text("page.unused", unused=len(a.record.unused), read=a.record.read)
    tree = Tree(Text(title, style="bold"), guide_style="dim")
    reasons = Counter(unused_text(line.reason, "", words) for line in a.record.unused)
    for reason, count in reasons.most_common():
        branch = tree.add(Text(f"{reason} ({count})"))
        for line in a.record.unused:
            if unused_text(line.reason, "", words) == reason:
                branch.add(Text(" ".join(filter(None, (clean(line.source_id), clean(line.detail))))))
    if a.judged.set_aside:
        branch = tree.add(words.text("explain.set_aside"))
        for statement in a.judged.set_aside:
            add_statement(branch, statement, words)
    return tree


def _step(step: DoseStep, words: Words) -> str:
    """Return a stretch of days with its dose in words."""
    return words.text(
        "explain.step",
        start=step.start_earliest,
        start_latest=step.start_latest,
        end=step.end_earliest - 1,
        end_latest=step.end_latest - 1,
        low=step.dose_low,
        high=step.dose_high,
        unit=step.dose_unit,
        origin=step.origin,
        sessions=step.sessions_low,
        sessions_high=step.sessions_high,
    )


def tri(value: Tri, words: Words) -> str:
    """Return yes, no or can't tell."""
    return words.text({True: "tri.yes", False: "tri.no", None: "tri.unknown"}[to_bool(value)])
