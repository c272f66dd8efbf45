"""The small grammar: rewriting rules over the letters of the items, applied from top to bottom.

A rule is a pattern over letters and a function that builds the items which take the place of what was
matched (``None``: leave it). The order of the rules is the order of reading: clock times and numbers
first, then amounts, lengths of time, and how often.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from opentrd.records.dose_text.words import Item

Builder = Callable[[list[Item]], "list[Item] | None"]

MASS = frozenset({"mg", "mcg", "g"})
COUNTED = frozenset({"tablet", "capsule", "unit", "puff", "spray", "drop", "patch", "sachet", "injection",
                     "suppository", "application", "teaspoon", "tablespoon", "spoonful"})  # fmt: skip
DAY, WEEK = 1.0, 7.0


def reduce_items(items: list[Item]) -> list[Item]:
    """Return the items after all the rules: amounts, how often, how long, and the words between."""
    items = _settle(items)
    for pattern, build in RULES:
        at = 0
        while found := pattern.search("".join(item.kind for item in items), at):
            new = build(items[found.start() : found.end()])
            if new is None or found.end() == found.start():
                at = found.start() + 1
                continue
            items[found.start() : found.end()] = new
            at = max(found.start() - 1, 0) if len(new) < found.end() - found.start() else found.end()
    return items


def _is_roman(word: str, before: str, after: str) -> bool:
    """Say whether i, ii, t, v and the like are numbers here: before a unit, or at the start."""
    if after in ("u", "i") or word in ("ii", "iii", "tt", "ttt"):
        return True
    return after != "n" and (not before or (word == "i" and before == "u"))


def _settle(items: list[Item]) -> list[Item]:
    """Decide the words that mean different things in different places (i, t, hs, m, on, second)."""
    settled: list[Item] = []
    for at, item in enumerate(items):
        before = settled[-1].kind if settled else ""
        after = items[at + 1].kind if at + 1 < len(items) else ""
        if item.kind == "i":
            if before == "n" and item.word == "t":
                settled.append(Item("u", name="tablet"))
            elif _is_roman(item.word, before, after):
                settled.append(Item("n", item.low, item.high))
        elif item.word == "hs" and before == "n" and len(settled) > 1 and settled[-2].kind == "e":
            settled.append(Item("p", DAY / 24, DAY / 24))
        elif item.kind == "J":
            if before in ("u", "n") and after in ("", "D", "c", "x", "y", ",", ".", ")", "&", "h", "+", "n"):
                settled.append(Item("l", name="night"))
        elif item.kind == "C":
            if before in ("l", ",", "&") or after in (",", "&"):
                settled.append(Item("l", name="noon"))
        elif item.word == "m" and before not in ("n", "u"):
            continue
        else:
            settled.append(item)
    return settled


def _one(kind: str, low: float, high: float | None = None, name: str = "") -> list[Item]:
    """Return a single new item."""
    return [Item(kind, low, low if high is None else high, name)]


def _keep(*places: int) -> Builder:
    """Return a builder that keeps the items at these places."""
    return lambda found: [found[place] for place in places]


def _as(kind: str, place: int) -> Builder:
    """Return a builder that keeps the item at this place as another kind."""

    def build(found: list[Item]) -> list[Item]:
        item = found[place]
        return [Item(kind, item.low, item.high, item.name, item.strength, item.word)]

    return build


def _drop(found: list[Item]) -> list[Item]:
    return []


def _clocks(found: list[Item]) -> list[Item] | None:
    if any(item.kind == "n" and item.low > 24 for item in found):
        return None
    return [Item("k", name=f"{item.low:g}") for item in found if item.kind in "nk"]


def _clock(found: list[Item]) -> list[Item] | None:
    return [Item("k", name=f"{found[0].low:g} {found[1].name}")] if 5 <= found[0].low <= 12 else None


def _same_number(found: list[Item]) -> list[Item] | None:
    numbers = [item for item in found if item.kind == "n"]
    return [numbers[0]] if numbers[0].low == numbers[1].low else None


def _joined_number(found: list[Item]) -> list[Item] | None:
    """One half, three quarters, twenty five, one hundred fifty."""
    a, b = found[0], found[-1]
    if (
        b.name == "fraction"
        and len(found) == 2
        and a.name != "fraction"
        and a.low <= 3
        and a.low == int(a.low)
    ):
        return _one("n", a.low * b.low, name="fraction")
    if a.name == b.name == "number" and a.low >= 20 and a.low % 10 == 0 and a.low < 100 and b.low < 10:
        return _one("n", a.low + b.low, name="number")
    if a.name == b.name == "number" and b.low == 100 and a.low < 10:
        return _one("n", a.low * 100, name="number")
    if a.name == b.name == "number" and a.low >= 100 and b.low < 100:
        return _one("n", a.low + b.low, name="number")
    return None


def _and_half(found: list[Item]) -> list[Item] | None:
    a, b = found[0], found[-1]
    whole = a.low == int(a.low) and a.low == a.high and a.low >= 1
    return _one("n", a.low + b.low) if whole and b.low < 1 and b.name else None


def _number_range(found: list[Item]) -> list[Item] | None:
    a, b = (item for item in found if item.kind == "n")
    return _one("n", min(a.low, b.low), max(a.high, b.high))


def _amount_range(found: list[Item]) -> list[Item] | None:
    a, b = (item for item in found if item.kind == "q")
    return _one("q", min(a.low, b.low), max(a.high, b.high), b.name) if a.name == b.name else None


def _amount(found: list[Item]) -> list[Item] | None:
    number, unit = found[0], found[-1]
    return _one("q", number.low, number.high, unit.name)


def _counted_amount(found: list[Item]) -> list[Item] | None:
    """2 x 50 mg tablets; two 5 ml spoonfuls."""
    number, each, unit = found[0], found[-2], found[-1]
    if unit.name not in COUNTED or each.name in COUNTED:
        return None
    if each.name == "ml":
        return _one("q", number.low * each.low, number.high * each.high, "ml")
    return [Item("q", number.low, number.high, unit.name, (each.low, each.name))]


def _times_amount(found: list[Item]) -> list[Item] | None:
    number, each = found[0], found[-1]
    return _one("q", number.low * each.low, number.high * each.high, each.name) if each.name in MASS else None


def _mass_of_form(found: list[Item]) -> list[Item] | None:
    return [found[0]] if found[0].name not in COUNTED and found[1].name in COUNTED else None


def _strength(found: list[Item]) -> list[Item] | None:
    """20 mg/5 ml, 50 mg/tab: mass in one ml or one piece."""
    mass, per = found[0], found[-1]
    each = per.low if per.kind == "q" else found[-2].low if found[-2].kind == "n" else 1.0
    if mass.name not in MASS or each <= 0:
        return None
    return [Item("%", mass.low / each, mass.low / each, mass.name, word=per.name)]


def _length(found: list[Item]) -> list[Item] | None:
    """For two weeks, x 7 d, for 3 nights."""
    number, period = found[-2], found[-1]
    days = period.low if period.kind == "p" else DAY
    return _one("D", number.low * days, number.high * days) if days >= DAY else []


def _bare_length(found: list[Item]) -> list[Item] | None:
    number, period = found
    if period.low < DAY or number.low < 1:
        return []
    if period.word == "d" and number.low <= 2:
        return [Item("n", number.low, number.high), Item("r", DAY, DAY)]
    return _length(found)


def _after(found: list[Item]) -> list[Item] | None:
    number, period = found[1], found[2]
    days = number.low * period.low
    return _one("F", days, number.high * period.low) if days >= 2 else []


def _labels(found: list[Item]) -> list[Item] | None:
    """Day 1, weeks 3-4: from (low) and to (high), counted in days from 1."""
    period, first, last = found[0], found[1], found[-1]
    if period.low < DAY:
        return None
    return _one("X", (first.low - 1) * period.low + 1, last.low * period.low)


def _patch_rate(found: list[Item]) -> list[Item] | None:
    """75 mcg/hr patch: what one patch gives, not how often it is put on."""
    rest = 4 if found[3].kind == "n" and found[4].kind == "p" else 3
    if found[-1].name != "patch" or found[1].name not in MASS:
        return None
    return [Item("%", found[0].low, found[0].low, found[1].name, word="time"), *found[rest + 1 :]]


def _takes_range(found: list[Item]) -> list[Item]:
    """Daily to bid; bid or tid."""
    takes = [(1.0, 1.0) if item.kind == "r" else (item.low, item.high) for item in (found[0], found[2])]
    return _one("f", min(low for low, _ in takes), max(high for _, high in takes))


def _first_days(found: list[Item]) -> list[Item] | None:
    """The first day, 2nd week, the first 7 days."""
    nth, period = found[0], found[-1]
    count = found[1].low if len(found) == 3 else 1.0
    if period.low < DAY:
        return None
    return _one("X", (nth.low - 1) * period.low * count + 1, nth.low * period.low * count)


def _every(found: list[Item]) -> list[Item] | None:
    """Every 8 hours, each week, every 6 to 8 hourly, every third day."""
    period = found[-1]
    if period.kind == "l":
        return _one("r", found[-2].low, found[-2].high)
    number = found[-2] if len(found) > 1 and found[-2].kind in "nOA" else Item("n", 1, 1)
    return _one("r", number.low * period.low, number.high * period.low)


def _every_bare(found: list[Item]) -> list[Item] | None:
    hours = found[1].low
    return _one("r", hours / 24, found[1].high / 24) if hours in (4, 6, 8, 12, 24) else None


def _in_period(found: list[Item]) -> list[Item] | None:
    days = found[1].low * found[2].low
    return _one("r", days) if abs(days - DAY) < 0.01 else None


def _takes(low: float, high: float) -> list[Item]:
    """Takes a day, or the share of days where less than one a day (three decimals, as 0.143 for weekly)."""
    low, high = min(low, high), max(low, high)
    if low >= 0.99:
        return _one("f", round(low, 3), round(high, 3))
    return _one("s", round(low, 3), round(high, 3))


def _times_in_rate(found: list[Item]) -> list[Item] | None:
    count = next(item for item in found if item.kind in "mn")
    rate = next(item for item in found if item.kind == "r")
    return _takes(count.low / rate.high, count.high / rate.low)


def _rate(found: list[Item]) -> list[Item] | None:
    rate = found[0]
    if rate.low <= 0:
        return []
    return None if rate.low == rate.high == DAY else _takes(1 / rate.high, 1 / rate.low)


def _days_in_week(found: list[Item]) -> list[Item] | None:
    if found[-1].low != WEEK or (found[1].kind == "p" and found[1].low != DAY):
        return None
    return _one("s", round(found[0].low / 7, 3), round(found[0].high / 7, 3))


def _weekdays(found: list[Item]) -> list[Item] | None:
    first, last = found[0], found[-1]
    days = set(first.name.split()) | set(last.name.split())
    if len(found) == 3 and found[1].kind in "-2" and len(days) == 2:
        start, end = int(first.low), int(last.low)
        days = {str((start + step - 1) % 7 + 1) for step in range((end - start) % 7 + 1)}
    return [Item("w", last.low, last.low, " ".join(sorted(days)))]


def _max_takes(found: list[Item]) -> list[Item]:
    takes = found[-1]
    return [Item("f", 0.0, takes.high)]


def _pair(found: list[Item]) -> list[Item] | None:
    """2x1: two times one."""
    a, b = found[0], found[2]
    return _one("n", a.low, a.high) + _takes(b.low, b.high) if 1 <= b.low <= 6 and a.low <= 10 else None


_TEXT: list[tuple[str, Builder]] = [
    # quantities supplied, and signs around words
    (r"#[,.-]?(nu?|q)", _drop),
    (r"n#", _drop),
    (r"npU|nuU|pU", _drop),
    (r"n\(n\)", _same_number),
    # clock times
    (r"@n[dp]?([&,/]@?n[dp]?)*(?![utx2o/\-mn&])", _clocks),
    (r"@k", _keep(1)),
    (r"nd", _clock),
    (r"d", _as("l", 0)),
    # numbers, and the days they number
    (r"nu/n?p[(,]*n?u", _patch_rate),
    (r"(?<![ne/aAOI@])p(n[-2]n|n&n(?!u)|n(?![-2]))", _labels),
    (r"Kn2n(?=u)", _keep(-1)),
    (r"nan(?=u)", lambda f: _number_range(f) if not (f[0].name or f[2].name) else None),
    (r"a(?=n)|(?<=n)a(?=u)", _drop),
    (r"n(?=a?u)a", _keep(0)),
    (r"nn(?![ut]*t)", _joined_number),
    (r"n-n(?=u)", lambda f: _joined_number([f[0], f[2]])),
    (r"n&n", _and_half),
    (r"Kn&n", lambda f: _number_range(f[1:])),
    (r"n[-2o]n", _number_range),
    (r"nt", _as("m", 0)),
    (r"m\(n\)", _keep(0)),
    (r"m[-2o]m", lambda f: _one("m", min(f[0].low, f[2].low), max(f[0].high, f[2].high))),
    (r"nn", _same_number),
    (r"m(?=m)", lambda f: []),
    # lengths of time, and moments that are no lengths
    (r"Nnp|np[eI]?N(?!\d)", lambda f: _after(f) if f[0].kind == "N" else _after([f[0], f[0], f[1]])),
    (r"[cxI]?[cx][aJ]?n[pl]", _length),
    (r"[cx]ap", lambda f: _one("D", f[2].low) if f[2].low >= DAY else []),
    (r"[cx]+D", _keep(-1)),
    (r"ND", _as("F", 1)),
    (r"(?<!e)c?On?p", lambda f: _first_days([i for i in f if i.kind != "c"])),
    # how often
    (r"enr", lambda f: _one("r", f[1].low * f[2].low, f[1].high * f[2].low)),
    (r"(?<=[nqum])/np", _every),
    (r"In[pl]?(?<=p)", _in_period),
    (r"Iap", lambda f: _one("r", f[2].low)),
    (r"Inp", _after),
    (r"(?<=D)/p", _drop),
    (r"e?[nOA][pl](?<=[enOA][pl])(?<!n[pl])|enp|enl", _every),
    (r"e?nv", _every),
    (r"ev", _every),
    (r"en(?![utpqmx/])", _every_bare),
    (r"[/ea]p", lambda f: _one("r", f[1].low, f[1].high)),
    (r"e[fr]", _keep(1)),
    (r"el", _keep(1)),
    (r"ew", _keep(1)),
    (r"x?n[xt](?=r)", lambda f: [Item("m", *next((i.low, i.high) for i in f if i.kind == "n"))]),
    (r"xnr", _times_in_rate),
    # amounts
    (r"au", lambda f: _one("q", 1, 1, f[1].name)),
    (r"nxqu|nqu", _counted_amount),
    (r"nx?u", _amount),
    (r"nxqu|nqu", _counted_amount),
    (r"nxq", _times_amount),
    (r"Kq2q", _keep(-1)),
    (r"Aq&q", lambda f: [f[1], Item("L"), f[3]]),
    (r"%u", lambda f: [f[0], Item("q", 1.0, 1.0, f[1].name)] if f[1].name == "patch" else None),
    (r"Kq&q", lambda f: _amount_range(f[1:])),
    (r"(?<![+])q[-2o]q", _amount_range),
    (r"q/(q|nu|u)", _strength),
    (r"qu", _mass_of_form),
    (r"q=q", _as("q", 0)),
    (r"qT|Tr?=?q", lambda f: [Item("Q", *next((i.low, i.high, i.name) for i in f if i.kind == "q"))]),
    # what is left of the periods
    (r"np(?=r)r", _days_in_week),
    (r"nl(?=r)r", _days_in_week),
    (r"nxp", lambda f: _takes(f[0].low / f[2].low, f[0].high / f[2].low)),
    (r"np", _bare_length),
    (r"rm(?!r)", _times_in_rate),
    (r"mr", _times_in_rate),
    (r"m[fsl](?<=[fl])", _keep(1)),
    (r"r", _rate),
    (r"nxn", _pair),
    (r"[fr][-2o][fr]", _takes_range),
    (r"w[&,/\-2o]*w", _weekdays),
    (r"wJ", _keep(0)),
    # most a day
    (r"[\^M]+a?(?=M)", _drop),
    (r"M=?[fs]", _max_takes),
    (r"\^a?[fs]", _max_takes),
    (r"\^r", lambda f: _one("f", 0.0, 1.0)),
    (r"\^[nq]r", lambda f: [Item("H", f[1].low, f[1].high, f[1].name)]),
    (r"M[=,a2r]*[nq]r?", lambda f: [Item("M", *next((i.low, i.high, i.name) for i in f if i.kind in "nq"))]),
    # words that did not become part of anything
    (r"[aeIJctmx/@NAO#pv=K]", _drop),
    (r"u", _drop),
]
RULES: list[tuple[re.Pattern[str], Builder]] = [(re.compile(pattern), build) for pattern, build in _TEXT]
