"""The pictures about care: lines of treatment, adequacy, staging, what followed, gaps, what is missing."""

from __future__ import annotations

from typing import Final

from opentrd.cohort.report.drawing import Node, Row, Segment, Stream, flow
from opentrd.cohort.report.telling import Picture, Telling, both
from opentrd.cohort.summing.flow import FURTHER, GOING, LINES, OTHER, STOPPED
from opentrd.cohort.summing.following import NOTHING
from opentrd.cohort.summing.stages import BETWEEN
from opentrd.cohort.summing.sums import Adequacy, Count, Flow, Following, GapCount, Part, Stages, Sums

#: Parts of adequacy: key and tone; the letter of each is a message, but for what can't be told.
ADEQUACY: Final = {
    "adequate": "good",
    "too_low": "bad",
    "too_short": "some",
    "not_taken": "none",
    "unknown": "open",
}
WITHIN: Final = (
    ("month", "w1", ""),
    ("quarter", "w2", ""),
    ("half", "w3", ""),
    ("year", "w4", ""),
    ("later", "w5", ""),
)
_TONES: Final = {STOPPED: "bad", GOING: "open", FURTHER: "some", "augmentation": "good", "combination": "w2"}


def pictures(sums: Sums, tell: Telling) -> list[Picture]:
    """Return the pictures about care, in the order of the report."""
    if sums.flow is None or sums.following is None:
        return []
    made = [_flow(sums.flow, tell), _adequacy(sums, tell)]
    if sums.staging:
        made.append(_staging(sums, tell))
    if sums.following.persons != 0:
        made.append(_following(sums.following, tell))
    return [*made, _gaps(sums, tell), _missing(sums, tell)]


def _flow(sankey: Flow, tell: Telling) -> Picture:
    edges = [e for e in sankey.edges if e.persons]
    nodes = [
        Node(
            column=line,
            key=part.key,
            size=part.count,
            tone=_TONES.get(part.key, "none" if part.key != OTHER else "other"),
            label=_node(tell.key("cohort_line", part.key), part.count, tell),
        )
        for line, parts in enumerate(sankey.nodes)
        for part in parts
        if part.count != 0
    ]
    for line, parts in enumerate(sankey.ends, start=1):
        for part in parts:
            if part.count != 0:
                label = _node(tell.key("cohort_line", part.key), part.count, tell)
                nodes.append(
                    Node(column=line, key=part.key, size=part.count, tone=_TONES[part.key], label=label)
                )
    streams = [
        Stream(column=e.line - 1, source=e.source, target=e.target, size=e.persons or 0) for e in edges
    ]
    ends = {part.key: part.count for part in sankey.ends[0]}
    heads = [tell.t("cohort.flow.line", n=n) for n in range(1, LINES + 1)] + [tell.t("cohort.flow.after")]
    return Picture(
        id="flow",
        question=tell.t("cohort.flow.question"),
        says=tell.t(
            "cohort.flow.says_hidden" if sankey.persons is None else "cohort.flow.says",
            n=tell.number(sankey.persons),
            second=tell.told(sankey.on[0], sankey.persons),
            going=tell.told(ends[GOING], sankey.persons),
            stopped=tell.told(ends[STOPPED], sankey.persons),
        ),
        wide=flow(nodes, streams, heads),
        narrow=None,
        legend=[],
        heads=[tell.t(f"cohort.head.{key}") for key in ("line", "from", "to", "persons")],
        rows=[
            [
                str(e.line),
                tell.key("cohort_line", e.source),
                tell.key("cohort_line", e.target),
                tell.number(e.persons),
            ]
            for e in sorted(sankey.edges, key=lambda e: (e.line, e.persons is None, -(e.persons or 0)))
            if e.persons is not None
        ],
        note=tell.t("cohort.flow.note", hidden=sum(e.persons is None for e in sankey.edges)),
    )


def _node(name: str, count: Count, tell: Telling) -> str:
    return name if count is None else f"{name} {tell.number(count)}"


def _adequacy(sums: Sums, tell: Telling) -> Picture:
    rows = []
    for each in sums.adequacy:
        counts = {part.key: part.count for part in each.parts}
        name = _treatment(each.treatment, tell)
        segments = [
            Segment(
                _share(counts[key], each.trials), tone, _mark(key, tell), tell.key("cohort_adequacy", key)
            )
            for key, tone in ADEQUACY.items()
        ]
        note = tell.sized("cohort.adequacy.trials", each.trials)
        rows.append(Row(label=name, segments=segments, note=note, strong=each.treatment == "all"))
    wide, narrow = both(rows, 100.0)
    return Picture(
        id="adequacy",
        question=tell.t("cohort.adequacy.question"),
        says=_adequacy_says(sums.adequacy[0], tell),
        wide=wide,
        narrow=narrow,
        legend=tell.legend(
            [(tone, _mark(key, tell), f"cohort_adequacy.{key}") for key, tone in ADEQUACY.items()]
        ),
        heads=[tell.t("cohort.head.treatment"), tell.t("cohort.head.trials")]
        + [tell.t(f"cohort_adequacy.{key}") for key in ADEQUACY],
        rows=[
            [_treatment(each.treatment, tell), tell.number(each.trials)]
            + [tell.number({p.key: p.count for p in each.parts}[key]) for key in ADEQUACY]
            for each in sums.adequacy
        ],
        note=tell.t("cohort.adequacy.note"),
    )


def _adequacy_says(every: Adequacy, tell: Telling) -> str:
    """Say what became of all trials, as far as it may be told."""
    counts = {part.key: part.count for part in every.parts}
    shares = {key: tell.percent(counts[key], every.trials) for key in ADEQUACY}
    told = [tell.t(f"cohort_adequacy_said.{key}", share=share) for key, share in shares.items() if share]
    if not told:
        return tell.t("cohort.adequacy.says_hidden")
    if len(told) < len(ADEQUACY):
        told.append(tell.t("cohort_adequacy_said.rest"))
    return tell.t("cohort.adequacy.says", n=tell.number(every.trials), parts="; ".join(told))


def _mark(key: str, tell: Telling) -> str:
    """Return the letter of a part of adequacy."""
    return "?" if key == "unknown" else tell.t(f"cohort_mark.{key}")


def _treatment(key: str, tell: Telling) -> str:
    return tell.t(f"cohort.adequacy.{key}") if key in ("all", "other") else tell.words.write("name", key)


def _share(count: Count, of: Count) -> float | None:
    return None if count is None or not of else 100 * count / of


def _staging(sums: Sums, tell: Telling) -> Picture:
    rows = [_stages_row(each, tell) for each in sums.staging]
    wide, narrow = both(rows, 100.0)
    return Picture(
        id="staging",
        question=tell.t("cohort.staging.question"),
        says=tell.t("cohort.staging.says", n=len(sums.staging)),
        wide=wide,
        narrow=narrow,
        legend=tell.legend(
            [
                ("w1", "1", "cohort.staging.lightest"),
                ("w5", "", "cohort.staging.heaviest"),
                ("open", "?", "cohort.staging.between"),
            ]
        ),
        heads=[tell.t(f"cohort.head.{key}") for key in ("model", "band", "persons", "share")],
        rows=[
            [
                tell.words.write("model", each.model),
                tell.key("cohort_band", band.key),
                tell.number(band.count),
                tell.percent(band.count, each.persons) or "",
            ]
            for each in sums.staging
            for band in each.bands
        ],
        note=tell.t("cohort.staging.note"),
    )


def _stages_row(each: Stages, tell: Telling) -> Row:
    """Return a model's bar: its bands from the mildest on, numbered, in tones that grow darker."""
    bands = [band for band in each.bands if band.key != BETWEEN]
    segments = [
        Segment(
            _share(band.count, each.persons),
            f"w{1 + round(4 * place / max(1, len(bands) - 1))}",
            str(place + 1),
            tell.key("cohort_band", band.key),
        )
        for place, band in enumerate(bands)
    ]
    open_ = next((band.count for band in each.bands if band.key == BETWEEN), 0)
    segments.append(Segment(_share(open_, each.persons), "open", "?", tell.t("cohort.staging.between")))
    return Row(
        label=tell.words.write("model", each.model),
        segments=segments,
        note=tell.sized("cohort.people", each.persons),
    )


def _following(following: Following, tell: Telling) -> Picture:
    rows = []
    for kind in sorted(
        following.kinds, key=lambda k: (k.key == NOTHING, k.count is None, -(k.count or 0), k.key)
    ):
        if kind.count == 0:
            continue
        segments = [Segment(kind.count, "bad", "")]
        if kind.key != NOTHING:
            parts = {part.key: part.count for part in following.within[kind.key]}
            rest = (kind.count or 0) - sum(count or 0 for count in parts.values())
            segments = [Segment(parts[key], tone, letter) for key, tone, letter in WITHIN]
            segments.append(Segment(rest if kind.count else None, "other", says=tell.t("cohort.hidden")))
        note = tell.counted(kind.count, following.persons)
        rows.append(Row(label=tell.key("cohort_next", kind.key), segments=segments, note=note))
    most = max((float(kind.count or 0) for kind in following.kinds), default=1) or 1
    wide, narrow = both(rows, most)
    return Picture(
        id="following",
        question=tell.t("cohort.following.question"),
        says=_following_says(following, tell),
        wide=wide,
        narrow=narrow,
        legend=tell.legend(
            [(tone, letter, f"cohort_within.{key}") for key, tone, letter in WITHIN]
            + [("other", "", "cohort.following.rest"), ("bad", "", "cohort_next.nothing")]
        ),
        heads=[tell.t("cohort.head.next"), tell.t("cohort.head.persons")]
        + [tell.t(f"cohort_within.{key}") for key, _, _ in WITHIN],
        rows=[
            [tell.key("cohort_next", kind.key), tell.number(kind.count)]
            + [tell.number(part.count) for part in following.within.get(kind.key, [])]
            + [""] * (len(WITHIN) if kind.key == NOTHING else 0)
            for kind in following.kinds
        ],
        note=tell.t("cohort.following.note"),
    )


def _following_says(following: Following, tell: Telling) -> str:
    key = "cohort.following.says" if following.persons is not None else "cohort.following.says_hidden"
    said = [tell.t(key, definition=following.definition, n=tell.number(following.persons))]
    steps = [kind for kind in following.kinds if kind.key != NOTHING]
    first = tell.largest(steps)
    if first is not None:
        said.append(
            tell.t(
                "cohort.following.commonest",
                kind=tell.key("cohort_next", first.key).lower(),
                count=tell.counted(first.count, following.persons),
                shown=tell.as_far(steps),
            )
        )
    nothing = next(kind.count for kind in following.kinds if kind.key == NOTHING)
    if nothing is not None:
        told = tell.counted(nothing, following.persons)
        said.append(tell.t("cohort.following.nothing", nothing=told))
    return " ".join(said if len(said) > 1 else [*said, tell.t("cohort.following.next_hidden")])


def _gaps(sums: Sums, tell: Telling) -> Picture:
    rows = [
        Row(
            label=tell.key("cohort_gap", each.gap),
            segments=[
                Segment(each.yes, "bad", "!", tell.t("cohort.gaps.yes")),
                Segment(each.unknown, "open", "?", tell.t("cohort.gaps.unknown")),
            ],
            note=_gap_note(each, tell),
        )
        for each in sums.gaps
    ]
    most = max((float((e.yes or 0) + (e.unknown or 0)) for e in sums.gaps), default=1) or 1
    wide, narrow = both(rows, most)
    found = [Part(key=e.gap, count=e.yes) for e in sums.gaps if not e.blind]
    told = tell.largest(found)
    return Picture(
        id="gaps",
        question=tell.t("cohort.gaps.question"),
        says=tell.t(
            "cohort.gaps.says" if told else "cohort.gaps.says_none",
            gap=tell.key("cohort_gap", told.key) if told else None,
            n=tell.number(told.count) if told else None,
            shown=tell.as_far(found),
        ),
        wide=wide,
        narrow=narrow,
        legend=tell.legend([("bad", "!", "cohort.gaps.yes"), ("open", "?", "cohort.gaps.unknown")]),
        heads=[tell.t(f"cohort.head.{key}") for key in ("gap", "yes", "open", "meaning", "source")],
        rows=[
            [
                tell.key("cohort_gap", each.gap),
                tell.number(each.yes),
                tell.number(each.unknown),
                tell.key("cohort_gap_means", each.gap),
                tell.words.knowledge.care_gaps[each.gap].source,
            ]
            for each in sums.gaps
        ],
        note=tell.t("cohort.gaps.note"),
    )


def _gap_note(each: GapCount, tell: Telling) -> str:
    if each.blind:
        return tell.t("cohort.gaps.blind")
    if each.yes is None and each.unknown is None:
        return tell.t("cohort.hidden")
    if each.unknown is None:
        return tell.t("cohort.gaps.note_row_hidden", yes=tell.number(each.yes))
    perhaps = None if each.unknown == 0 else tell.number(each.unknown)
    return tell.t("cohort.gaps.note_row", yes=tell.number(each.yes), unknown=perhaps)


def _missing(sums: Sums, tell: Telling) -> Picture:
    rows = []
    for each in sums.missing:
        total = None if each.known is None or each.unknown is None else each.known + each.unknown
        segments = [
            Segment(_share(each.known, total), "good", says=tell.t("cohort.missing.known")),
            Segment(_share(each.unknown, total), "open", "?", tell.t("cohort.missing.unknown")),
        ]
        note = tell.t(
            "cohort.missing.note_row", n=tell.percent(each.unknown, total) or tell.t("cohort.hidden")
        )
        rows.append(Row(label=tell.key("cohort_fact", each.fact), segments=segments, note=note))
    wide, narrow = both(rows, 100.0)
    return Picture(
        id="missing",
        question=tell.t("cohort.missing.question"),
        says=_missing_says(sums, tell),
        wide=wide,
        narrow=narrow,
        legend=tell.legend([("good", "", "cohort.missing.known"), ("open", "?", "cohort.missing.unknown")]),
        heads=[tell.t(f"cohort.head.{key}") for key in ("fact", "known", "unknown", "kept")],
        rows=[
            [
                tell.key("cohort_fact", each.fact),
                tell.number(each.known),
                tell.number(each.unknown),
                "" if each.undetermined is None else tell.number(each.undetermined),
            ]
            for each in sums.missing
        ],
        note=tell.t("cohort.missing.note"),
    )


def _missing_says(sums: Sums, tell: Telling) -> str:
    main = next(size for size in sums.sizes if size.definition == sums.main)
    key = "cohort.missing.open" if main.undetermined is not None else "cohort.missing.open_hidden"
    said = tell.t(key, definition=sums.main, n=tell.number(main.undetermined))
    facts = [Part(key=e.fact, count=e.undetermined) for e in sums.missing]
    worst = tell.largest(facts)
    if worst is None:
        return f"{said} {tell.t('cohort.missing.facts')}"
    fact, kept = tell.key("cohort_fact", worst.key).lower(), tell.number(worst.count)
    return f"{said} {tell.t('cohort.missing.worst', fact=fact, kept=kept, shown=tell.as_far(facts))}"
