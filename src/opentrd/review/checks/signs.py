"""Signs that stand in the record as such: diagnoses, scores, tests, answers about life, relatives."""

from __future__ import annotations

from opentrd.kleene import NO, YES
from opentrd.knowledge.schema import Check, ResultLimit, Screen
from opentrd.records.model import Observation, Score
from opentrd.review.checks.line import Evidence, cells, line_of
from opentrd.review.context import ReviewContext, day_of
from opentrd.review.model import ReviewLine
from opentrd.statement import Param, Statement

LOW = "<"
HIGH = ">"


def look(context: ReviewContext, check: Check) -> Evidence:
    """Look for everything that the columns of a check name."""
    found = Evidence()
    conditions(context, check, found)
    family(context, check, found)
    screens(context, check, found)
    tests(context, check, found)
    life(context, check, found)
    return found


def conditions(context: ReviewContext, check: Check, found: Evidence) -> None:
    """Look for diagnoses; all must be denied before a denial says that there is none."""
    names = cells(check.conditions)
    if not names:
        return
    found.searched.append("condition")
    denials = []
    said: set[tuple[str, ...]] = set()
    for name in names:
        state = context.find(name)
        for row in state.rows:
            if row.source_ids in said:
                continue
            said.add(row.source_ids)
            params: dict[str, Param] = {"condition": row.concept or name, "day": row.onset_earliest}
            if state.state == "suspected":
                found.suspected.append(Statement("review.suspected", params, row.source_ids))
            else:
                over = context.still(row) == NO
                key = "review.recorded_over" if over else "review.recorded"
                found.present.append(Statement(key, params, row.source_ids))
        if state.state == "denied":
            denials.append(Statement("review.denied", {"condition": name}, state.statement.sources))
    if len(denials) == len(names):
        found.absent.extend(denials)
    else:
        found.aside.extend(denials)


def family(context: ReviewContext, check: Check, found: Evidence) -> None:
    """Look for the same in relatives."""
    names = cells(check.family)
    if not names:
        return
    found.searched.append("family")
    for row in context.family(names):
        params: dict[str, Param] = {"condition": row.concept, "member": row.family_member}
        found.present.append(Statement("review.family", params, row.source_ids))
    denied = [o for name in names for o in context.family_denied(name)]
    if not found.present and denied:
        sources = tuple(dict.fromkeys(s for o in denied for s in o.source_ids))
        found.absent.append(Statement("review.family_denied", {"condition": names[0]}, sources))


def screens(context: ReviewContext, check: Check, found: Evidence) -> None:
    """Read the latest answer of each scale of the table ``screen``."""
    for row in context.knowledge.screens.values():
        if row.check != check.check or not _for_sex(row, context):
            continue
        found.searched.append("score")
        cite = (context.knowledge.row_ref("screen", row),)
        latest = next((s for s in reversed(context.scores(row.scale)) if _answer(s, row) is not None), None)
        if latest is None:
            continue
        value = _answer(latest, row)
        assert value is not None
        params: dict[str, Param] = {
            "scale": row.scale,
            "item": row.item,
            "value": value,
            "limit": row.at_least if row.at_least is not None else row.at_most,
            "day": min(latest.day_latest, context.as_of),
        }
        if row.item is not None:
            params |= {"about": f"{row.scale}:{row.item}", "answer": f"{row.scale}:{value:g}"}
        else:
            params["check"] = check.check
        part = "item" if row.item is not None else "score"
        positive = (row.at_least is not None and value >= row.at_least) or (
            row.at_most is not None and value <= row.at_most
        )
        if context.as_of - latest.day_latest > row.within_days:
            found.aside.append(Statement(f"review.{part}_old", params, latest.source_ids, cite))
        elif positive:
            found.present.append(Statement(f"review.{part}_positive", params, latest.source_ids, cite))
        else:
            said = Statement(f"review.{part}_negative", params, latest.source_ids, cite)
            (found.absent if row.negative_says == "yes" else found.aside).append(said)


def _for_sex(row: Screen, context: ReviewContext) -> bool:
    """Tell whether a limit is for this sex; the row without one serves where the sex has none of its own."""
    if row.sex is not None:
        return row.sex == context.sex
    key = (row.check, row.scale, row.item, context.sex)
    return context.sex is None or key not in context.knowledge.screens


def _answer(score: Score, row: Screen) -> float | None:
    if row.item is None:
        return score.value
    answer = score.items.get(row.item)
    return None if answer is None else float(answer)


def tests(context: ReviewContext, check: Check, found: Evidence) -> None:
    """Read the latest result of each test; name what is old and, where it is expected, what is missing."""
    for cell in cells(check.tests):
        concept, side = cell.rstrip(LOW + HIGH), cell[-1] if cell[-1] in (LOW, HIGH) else ""
        found.searched.append("test")
        row = context.latest(concept)
        cite = (f"review:{check.check}",)
        if row is None:
            if check.test_expected == "yes":
                missing = Statement("review.test_missing", {"test": concept}, (), cite, ("test",))
                found.aside.append(missing)
            continue
        params: dict[str, Param] = {
            "test": concept,
            "value": row.value if row.value is not None else row.value_text,
            "unit": row.unit,
            "day": day_of(row),
        }
        age = context.days_since(row)
        if check.recent_days is not None and (age is None or age > check.recent_days):
            found.aside.append(Statement("review.test_old", params, row.source_ids, cite))
            continue
        verdict, limit = read_result(context, row)
        if limit is not None:
            cite = (context.knowledge.row_ref("result_limit", limit),)
        said = Statement(f"review.test_{verdict}", params, row.source_ids, cite)
        if verdict == "unread":
            found.aside.append(said)
        elif verdict == "normal" or side not in ("", LOW if verdict == "low" else HIGH):
            found.absent.append(said)
        else:
            found.present.append(said)


def read_result(context: ReviewContext, row: Observation) -> tuple[str, ResultLimit | None]:
    """Return ``low``, ``high``, ``normal`` or ``unread``, and the row of ``result_limit`` that was needed."""
    low, high, limit = row.range_low, row.range_high, None
    if low is None and high is None and row.unit is not None:
        limits = context.knowledge.result_limits
        sex = context.sex or ""
        limit = limits.get((row.concept or "", row.unit, sex)) or limits.get(
            (row.concept or "", row.unit, None)
        )
        if limit is not None:
            low, high = limit.low, limit.high
    if row.value is None or (low is None and high is None):
        return "unread", None
    if low is not None and row.value < low:
        return "low", limit
    if high is not None and row.value > high:
        return "high", limit
    return "normal", limit


def life(context: ReviewContext, check: Check, found: Evidence) -> None:
    """Read the latest answer about each part of life by the table ``life_answer``."""
    for concept in cells(check.life):
        found.searched.append("life")
        row = context.latest(concept)
        if row is None:
            continue
        params: dict[str, Param] = {"factor": concept, "answer": row.value_text, "day": day_of(row)}
        verdict, cite = read_life(context, row)
        if verdict is None:
            found.aside.append(Statement("review.life_unread", params, row.source_ids))
        elif verdict == "present":
            found.present.append(Statement("review.life_present", params, row.source_ids, cite))
        else:
            found.absent.append(Statement("review.life_absent", params, row.source_ids, cite))


def read_life(context: ReviewContext, row: Observation) -> tuple[str | None, tuple[str, ...]]:
    """Return what an answer says, by the longest row that its words begin with."""
    words = [text.casefold().strip() for text in (row.value_text, row.value_code) if text]
    if not words and row.negated in (NO, YES):
        words = ["no" if row.negated == YES else "yes"]
    best = None
    for answer in context.knowledge.life_answers.values():
        if answer.concept != row.concept or not any(_begins(word, answer.answer) for word in words):
            continue
        if best is None or len(answer.answer) > len(best.answer):
            best = answer
    if best is None:
        return None, ()
    return best.finding, (context.knowledge.row_ref("life_answer", best),)


def _begins(text: str, beginning: str) -> bool:
    return text.startswith(beginning) and not text[len(beginning) : len(beginning) + 1].isalpha()


def told_of_life(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """What was told of life in words that no table knows: shown as it was told, for a person to read."""
    found = Evidence(searched=["life"])
    for row in context.record.observations:
        if row.kind == "life" and row.concept is None and row.value_text:
            params: dict[str, Param] = {"answer": row.value_text, "day": day_of(row)}
            found.present.append(Statement("review.told_of_life", params, row.source_ids))
    return [line_of(check, found)]
