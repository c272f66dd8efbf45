"""Definitions side by side, in words: who is in one and not in the other, and which rule decides."""

from __future__ import annotations

import msgspec

from opentrd.cohort.report.telling import Telling
from opentrd.cohort.summing.sums import Difference, Example, Pair
from opentrd.present.words import capital


class Side(msgspec.Struct, kw_only=True):
    """What is said of those who are in one definition and not in the other."""

    says: str
    verdicts: list[str]
    reasons: list[str]
    example: list[list[str]]


class Compared(msgspec.Struct, kw_only=True):
    """Two definitions: a sentence, the parameters in which they differ, and both sides."""

    title: str
    says: str
    heads: list[str]
    parameters: list[list[str]]
    sides: list[Side]


def compared(pair: Pair, tell: Telling) -> Compared:
    """Return what is said of two definitions."""
    first, second = (tell.words.write("definition", name) for name in (pair.first, pair.second))
    return Compared(
        title=tell.t("cohort.pair.title", first=first, second=second),
        says=tell.t("cohort.pair.says", both=tell.people(pair.both), neither=tell.people(pair.neither)),
        heads=[tell.t("cohort.head.parameter"), first, second],
        parameters=[[_parameter(name, tell), *values] for name, *values in pair.parameters],
        sides=[_side(each, pair, tell) for each in pair.differences],
    )


def _parameter(name: str, tell: Telling) -> str:
    return tell.key("cohort_parameter", name.replace(".", "_"))


def _side(each: Difference, pair: Pair, tell: Telling) -> Side:
    verdicts = [
        tell.t("cohort.pair.verdict", n=tell.people(part.count), verdict=tell.key("cohort_verdict", part.key))
        for part in each.verdicts
        if part.count != 0
    ]
    return Side(
        says=tell.t(
            "cohort.pair.only", n=tell.people(each.persons), inside=each.inside, outside=each.outside
        ),
        verdicts=[capital(verdicts[0]), *verdicts[1:]] if verdicts else [],
        reasons=[
            tell.t("cohort.pair.reason", n=tell.people(part.count), why=reason(part.key, tell))
            for part in each.reasons
        ],
        example=[_example(trial, tell) for trial in each.example],
    )


def reason(key: str, tell: Telling) -> str:
    """Return what kept somebody out, in words."""
    group, _, rest = key.partition(".")
    if group == "exclusion":
        return tell.t("cohort.why.exclusion", condition=rest)
    if group == "counted":
        return tell.t("cohort.why.counted", n=int(rest)) if int(rest) else tell.t("cohort.why.counted_none")
    return tell.key("cohort_why", key.replace(".", "_"))


def _example(trial: Example, tell: Telling) -> list[str]:
    counts = {True: "tri.yes", False: "tri.no", None: "tri.unknown"}
    return [
        tell.words.write("name", trial.treatment),
        tell.t("cohort.pair.week", n=trial.week + 1),
        tell.t("cohort.pair.weeks", n=trial.weeks),
        tell.t(counts[trial.inside]),
        reason(trial.why, tell) if trial.why else tell.t(counts[trial.outside]),
    ]
