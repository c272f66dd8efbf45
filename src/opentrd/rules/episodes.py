"""Stage 3, episodes of illness: when each began, when it ended, and why we say so.

An episode begins with the recorded onset, the first score over the threshold or the first treatment. It
ends on the day on which a remission began that was held for two months, or after a long time without
treatment and without symptoms. Return after a held remission is a relapse and begins the next one. Where
scores are missing the course is one episode by assumption, and says so. Source of the rule: table
``convention``; design, section 4.
"""

from __future__ import annotations

from opentrd.kleene import YES
from opentrd.records.model import Condition
from opentrd.rules.model import Episode, Era
from opentrd.rules.other_use import other_use
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.scores import Point
from opentrd.statement import Statement


def build_episodes(
    eras: list[Era], points: list[Point], conditions: list[Condition], book: RuleBook, horizon: int
) -> list[Episode]:
    """Find the episodes of depression; an empty list where nothing speaks of one."""
    c = book.conventions
    onsets = _onsets(conditions, book, horizon)
    treated = _treated(eras, conditions, book, asked=bool(onsets) or any(p.depressed for p in points))
    starts = sorted(
        [(low, high, mid, "onset", sources) for low, high, mid, sources in onsets]
        + [(p.day, p.day, p.day, "score", p.sources) for p in points if p.depressed]
        + [(e.start_earliest, e.start_latest, e.start, "treatment", e.sources) for e in treated],
        key=lambda s: (s[2], s[3], s[4]),
    )
    if not starts:
        return []
    remissions = held_remissions(points, treated, conditions, book, horizon)
    quiet = _quiet_times(treated, points, onsets, c.episode_gap_days, c.onset_lead_days, horizon)
    ends = sorted(
        [(begin, finish, "remission", sources) for begin, finish, sources in remissions]
        + [(begin, finish, "gap", ()) for begin, finish in quiet],
        key=lambda end: (end[0], end[2] != "remission", end[1], end[3]),
    )
    episodes: list[Episode] = []
    position = 0
    blocked_until = -1
    while position < len(starts):
        low, high, day, reason, sources = starts[position]
        if day < blocked_until or (episodes and episodes[-1].end is None):
            position += 1
            continue
        end = next(
            ((b, f, why, src) for b, f, why, src in ends if b > day or (b == day and why == "gap")), None
        )
        told = Statement(f"episode.start.{reason}", {"day": day}, sources=sources)
        why = [told]
        if end is None:
            if not any(p.day >= day for p in points):
                why.append(
                    Statement(
                        "episode.assumed_one",
                        {"day": day},
                        searched=("score",),
                        citations=("convention:episode_gap_days",),
                    )
                )
        else:
            convention = (
                "convention:episode_remission_days"
                if end[2] == "remission"
                else "convention:episode_gap_days"
            )
            why.append(
                Statement(f"episode.end.{end[2]}", {"day": end[0]}, sources=end[3], citations=(convention,))
            )
            blocked_until = end[1]
        episodes.append(
            Episode(
                id=f"episode-{len(episodes) + 1}",
                start=day,
                start_earliest=low,
                start_latest=high,
                end=end[0] if end else None,
                end_reason=end[2] if end else None,
                why=tuple(why),
                sources=tuple(sorted({*sources, *(end[3] if end else ())})),
            )
        )
        position += 1
    return episodes


def _treated(eras: list[Era], conditions: list[Condition], book: RuleBook, *, asked: bool) -> list[Era]:
    """Return the courses that are evidence of depression: main treatments not plainly for something else.

    Where nothing else speaks of depression (not ``asked``), the others are shown in an episode of their own.
    """
    kinds = ("psychotherapy", "stimulation")
    main = [era for era in eras if (row := book.treatments[era.treatment]).main == "yes" or row.kind in kinds]
    found = [era for era in main if other_use(era, conditions, book)[1] != YES]
    return found if found or asked else main


def _onsets(
    conditions: list[Condition], book: RuleBook, horizon: int
) -> list[tuple[int, int, int, tuple[str, ...]]]:
    found = []
    for condition in conditions:
        concept = book.conditions.get(condition.concept or "")
        if concept is None or concept.group != "depressive" or condition.family_member or concept.remission:
            continue
        low = condition.onset_earliest if condition.onset_earliest is not None else condition.onset_latest
        high = condition.onset_latest if condition.onset_latest is not None else condition.onset_earliest
        if low is not None and high is not None and low < horizon:
            found.append((low, high, (low + high) // 2, condition.source_ids))
    return found


def held_remissions(
    points: list[Point], eras: list[Era], conditions: list[Condition], book: RuleBook, horizon: int
) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return ``(first day, first day after, sources)`` of every remission that was held long enough.

    Held by scores: two remission scores at least ``episode_remission_days`` apart with none between that is
    not; or told as well again, or the diagnosis recorded as ended or in full remission, with no treatment
    begun and no score over the threshold for that long afterwards.
    """
    need = book.conventions.episode_remission_days
    found: list[tuple[int, int, tuple[str, ...]]] = []
    run: list[Point] = []
    for point in [*points, None]:
        if point is not None and point.remission:
            run.append(point)
            continue
        if point is not None and not point.depressed and run:
            same_day = point.day == run[-1].day
            if same_day:
                continue
        if run and run[-1].day - run[0].day >= need:
            sources = tuple(sorted({s for p in run for s in p.sources}))
            found.append((run[0].day, run[-1].day + 1, sources))
        run = []
    told = [
        (era.end, era.sources)
        for era in eras
        if (era.reported_response == "well" or "recovered" in era.stop_reasons)
        and not (era.ongoing == YES or era.open_end)
        and not any(era.start <= p.day < era.end + need for p in points)
    ]
    told += [(day, c.source_ids) for c in conditions if (day := _ended(c, book)) is not None]
    for day, sources in told:
        again = [e.start for e in eras if e.start >= day]
        again += [p.day for p in points if p.day >= day and p.depressed]
        again += [onset for _, _, onset, _ in _onsets(conditions, book, horizon) if onset > day]
        until = min(again, default=horizon)
        if until - day >= need:
            found.append((day, until, sources))
    return sorted(found)


def _ended(condition: Condition, book: RuleBook) -> int | None:
    """Return the day on which a depressive diagnosis is recorded as ended or as in full remission."""
    concept = book.conditions.get(condition.concept or "")
    if concept is None or concept.group != "depressive" or condition.family_member:
        return None
    low, high = condition.end_earliest, condition.end_latest
    if concept.remission == "full" and low is None and high is None:
        low, high = condition.onset_earliest, condition.onset_latest
    low, high = (low if low is not None else high), (high if high is not None else low)
    return None if low is None or high is None else (low + high) // 2


def _lead(day: int, known: list[tuple[int, int]], lead: int) -> int:
    """A recorded onset reaches to the first treatment or score that follows within ``lead`` days."""
    following = [start for start, _ in known if start >= day]
    return following[0] if following and following[0] - day <= lead else day + 1


def _quiet_times(
    eras: list[Era],
    points: list[Point],
    onsets: list[tuple[int, int, int, tuple[str, ...]]],
    gap: int,
    lead: int,
    horizon: int,
) -> list[tuple[int, int]]:
    """Return the times of at least ``gap`` days without treatment and without a score over the threshold."""
    known = sorted([(e.start, e.end) for e in eras] + [(p.day, p.day + 1) for p in points if not p.remission])
    busy = sorted(known + [(day, _lead(day, known, lead)) for _, _, day, _ in onsets])
    if not busy:
        return []
    quiet: list[tuple[int, int]] = []
    reach = busy[0][1]
    for start, end in busy[1:]:
        if start - reach >= gap:
            quiet.append((reach, start))
        reach = max(reach, end)
    if horizon - reach >= gap:
        quiet.append((reach, horizon))
    return quiet
