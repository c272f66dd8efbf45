"""The pictures about the definitions: how many, who drops out, who agrees, how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from opentrd.cohort.report.drawing import Row, Segment
from opentrd.cohort.report.telling import Picture, Telling, both
from opentrd.cohort.summing.attrition import SHARED
from opentrd.cohort.summing.sums import Attrition, Size, Sums, Waiting
from opentrd.statement import Param

LETTERS: Final = "ABCDEFGHIJ"
DAYS_PER_MONTH: Final = 30.4375


def pictures(sums: Sums, tell: Telling) -> list[Picture]:
    """Return the pictures about definitions, in the order of the report."""
    made = [_sizes(sums, tell), attrition(sums, tell)]
    overlap = _overlap(sums, tell)
    if overlap is not None:
        made.append(overlap)
    if sums.waiting and sums.waiting[0].persons != 0:
        made.append(_waiting(sums, tell))
    return made


def _sizes(sums: Sums, tell: Telling) -> Picture:
    main = [size for size in sums.sizes if size.headline] or sums.sizes
    main = sorted(main, key=lambda s: (s.certain is None, -(s.certain or 0), s.name))
    rows = [_size_row(size, sums, tell) for size in main]
    most = max((float(size.possible or size.certain or 0) for size in main), default=1) or 1
    wide, narrow = both(rows, most)
    case, said = spread(main, sums, tell)
    return Picture(
        id="sizes",
        question=tell.t("cohort.sizes.question"),
        says=f"{tell.t(f'cohort.sizes.says_{case}', **said)} {tell.t('cohort.sizes.hatched')}",
        wide=wide,
        narrow=narrow,
        legend=tell.legend(
            [("good", "", "cohort.certain"), ("open", "", "cohort.possible")],
        ),
        heads=[
            tell.t(f"cohort.head.{key}") for key in ("definition", "certain", "open", "possible", "share")
        ],
        rows=[
            [
                tell.words.write("definition", size.definition),
                tell.number(size.certain),
                tell.number(size.undetermined),
                tell.number(size.possible),
                tell.percent(size.certain, sums.treated) or "",
            ]
            for size in sorted(sums.sizes, key=lambda s: (not s.headline, s.name))
        ],
        note=tell.t("cohort.sizes.note", n=len(sums.sizes) - len(main))
        if len(sums.sizes) > len(main)
        else "",
    )


def spread(sizes: Sequence[Size], sums: Sums, tell: Telling) -> tuple[str, dict[str, Param]]:
    """Return how far definitions lie apart: what case it is, and its numbers, of those that are shown.

    ``all`` (known, and apart), ``alike``, ``some`` (others hidden), ``some_alike``, ``none``; of one
    definition ``one`` or ``one_hidden``.
    """
    known = sorted((s for s in sizes if s.certain is not None), key=lambda s: (s.certain or 0, s.name))
    said: dict[str, Param] = {"n": len(sizes), "known": len(known), "lowest": sizes[0].definition}
    if known:
        low, high = known[0], known[-1]
        said |= {"lowest": low.definition, "highest": high.definition}
        said |= {
            "low": tell.counted(low.certain, sums.treated),
            "high": tell.counted(high.certain, sums.treated),
        }
    if len(sizes) == 1:
        return ("one" if known else "one_hidden"), said
    if not known:
        return "none", said
    case = "alike" if known[0].certain == known[-1].certain else ""
    if len(known) == len(sizes):
        return case or "all", said
    return f"some_{case}" if case else "some", said


def _size_row(size: Size, sums: Sums, tell: Telling) -> Row:
    if size.certain is None:
        note = tell.t("cohort.hidden")
    elif size.undetermined == 0:
        note = tell.counted(size.certain, sums.treated)
    elif size.possible is None:
        note = tell.t("cohort.bounds_open", low=tell.number(size.certain))
    else:
        note = tell.t("cohort.bounds", low=tell.number(size.certain), high=tell.number(size.possible))
    name = tell.words.write("definition", size.definition)
    return Row(
        label=name,
        segments=[Segment(size.certain, "good", says=name), Segment(size.undetermined, "open", says=name)],
        note=note,
        strong=size.definition == sums.main,
    )


def attrition(sums: Sums, tell: Telling) -> Picture:
    """Return the picture of the steps to the definition that speaks."""
    main = next(each for each in sums.attrition if each.definition == sums.main)
    lost = {part.key: part.count for part in main.lost}
    rows = [
        Row(
            label=tell.key("cohort_step", part.key),
            segments=[Segment(part.count, "good" if part.key == "met" else "plain")],
            note=tell.number(part.count)
            + (f"  −{tell.number(lost[part.key])}" if lost.get(part.key) not in (0, None) else ""),
        )
        for part in main.left
    ]
    wide, narrow = both(rows, float(sums.persons or 1))
    return Picture(
        id="attrition",
        question=tell.t("cohort.attrition.question"),
        says=_attrition_says(main, sums, tell),
        wide=wide,
        narrow=narrow,
        legend=[],
        heads=[tell.t(f"cohort.head.{key}") for key in ("step", "left", "lost")],
        rows=[
            [
                tell.key("cohort_step", part.key),
                tell.number(part.count),
                "" if part.key not in lost else tell.number(lost[part.key]),
            ]
            for part in main.left
        ],
        note=tell.t("cohort.attrition.note"),
    )


def _attrition_says(main: Attrition, sums: Sums, tell: Telling) -> str:
    if sums.treated == 0:
        before = tell.largest([p for p in main.lost if p.key in SHARED])
        why = tell.key("cohort_lost", before.key) if before else None
        return tell.t(
            "cohort.attrition.says_nobody", why=why, n=tell.number(before.count) if before else None
        )
    own = [p for p in main.lost if p.key not in SHARED]
    found = tell.largest(own)
    if found is None:
        return tell.t("cohort.attrition.says_hidden", definition=main.definition)
    return tell.t(
        "cohort.attrition.says",
        definition=main.definition,
        n=tell.number(found.count),
        why=tell.key("cohort_lost", found.key),
        shown=tell.as_far(own),
    )


def _overlap(sums: Sums, tell: Telling) -> Picture | None:
    overlap = sums.overlap
    if overlap is None:
        return None
    heads = LETTERS[: len(overlap.definitions)]
    size = {each.definition: each.certain for each in sums.sizes}
    shown = [pattern for pattern in overlap.patterns if pattern.persons is not None]
    rows = [
        Row(
            label="",
            dots=[name in pattern.definitions for name in overlap.definitions],
            segments=[Segment(pattern.persons, "plain")],
            note=tell.number(pattern.persons),
        )
        for pattern in shown
    ]
    most = max((float(pattern.persons or 0) for pattern in shown), default=1) or 1
    wide, narrow = both(rows, most, heads)
    every = next((p for p in overlap.patterns if len(p.definitions) == len(overlap.definitions)), None)
    named = {name: tell.words.write("definition", name) for name in overlap.definitions}
    return Picture(
        id="overlap",
        question=tell.t("cohort.overlap.question"),
        says=tell.t(
            "cohort.overlap.says" if every and every.persons is not None else "cohort.overlap.says_hidden",
            n=len(overlap.definitions),
            every=tell.counted(every.persons, sums.treated) if every else None,
            hidden=len(overlap.patterns) - len(shown),
        ),
        wide=wide,
        narrow=narrow,
        legend=[
            (_letter(letter), f"{named[name]}: {tell.number(size[name])}")
            for letter, name in zip(heads, overlap.definitions, strict=True)
        ],
        heads=[tell.t("cohort.head.pattern"), tell.t("cohort.head.persons")],
        rows=[
            [", ".join(named[name] for name in pattern.definitions), tell.number(pattern.persons)]
            for pattern in overlap.patterns
        ]
        + [
            [tell.t("cohort.overlap.others"), tell.number(overlap.others)],
            [tell.t("cohort.overlap.none"), tell.number(overlap.none)],
        ],
        note=tell.t("cohort.overlap.note"),
    )


def _letter(letter: str) -> Markup:
    return Markup(f'<b class="letter">{escape(letter)}</b>')  # noqa: S704 (one letter)


def _waiting(sums: Sums, tell: Telling) -> Picture:
    main = sums.waiting[0]
    bands = [band for band in main.bands if band.key != "unknown" or band.count != 0]
    rows = [
        Row(
            label=tell.key("cohort_wait", band.key),
            segments=[Segment(band.count, "plain")],
            note=tell.counted(band.count, main.persons),
        )
        for band in bands
    ]
    most = max((float(band.count or 0) for band in bands), default=1) or 1
    wide, narrow = both(rows, most)
    return Picture(
        id="waiting",
        question=tell.t("cohort.waiting.question"),
        says=tell.t(
            "cohort.waiting.says" if main.quartiles else "cohort.waiting.says_few",
            definition=main.definition,
            **_months(main),
        ),
        wide=wide,
        narrow=narrow,
        legend=[],
        heads=[
            tell.t(f"cohort.head.{key}") for key in ("definition", "persons", "quarter", "median", "three")
        ],
        rows=[
            [
                tell.words.write("definition", each.definition),
                tell.number(each.persons),
                *(
                    [tell.words.write("number", round(days / DAYS_PER_MONTH, 1)) for days in each.quartiles]
                    if each.quartiles
                    else [tell.t("cohort.too_few")] * 3
                ),
            ]
            for each in sums.waiting
        ],
        note=tell.t("cohort.waiting.note"),
    )


def _months(waiting: Waiting) -> dict[str, float | None]:
    names = ("quarter", "median", "three")
    days = waiting.quartiles or (None, None, None)
    return {
        name: None if value is None else round(value / DAYS_PER_MONTH, 1)
        for name, value in zip(names, days, strict=True)
    }
