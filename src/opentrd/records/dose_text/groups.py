"""From reduced items to groups: what is taken together with how often, how long, and how it is joined.

"2 in the morning and 1 at night for 7 days, then 1 at night" has three groups: the second is joined by
"and", the third by "then". What the groups amount to a day is reckoned in ``phases``.
"""

from __future__ import annotations

from opentrd.records.dose_text.grammar import COUNTED, MASS
from opentrd.records.dose_text.words import Item

LARGEST_BARE_COUNT = 10
"""A bare number above this is no count of tablets ("sertraline 100 daily"): its unit stays unstated."""
QUANTITY = 10
"""A counted amount from here on that nothing says when to take is the quantity supplied."""

TIMING = frozenset("frslkwW")


class Group:
    """An amount with its timing. Everything not said is ``None``, empty or ``False``."""

    def __init__(self, join: str = "") -> None:
        self.join = join
        self.amount: Item | None = None
        self.total: Item | None = None
        self.strength: tuple[float, str] | None = None
        self.takes: Item | None = None
        self.share: Item | None = None
        self.daily = False
        self.slots: list[str] = []
        self.slots_joined = False
        self.either = False
        self.clocks = 0
        self.weekdays: set[str] = set()
        self.rest_of_week = False
        self.excepted = False
        self.length: Item | None = None
        self.label: Item | None = None
        self.after: float | None = None
        self.step: Item | None = None
        self.stepping = False
        self.change = ""
        self.allowed = False
        self.stop = False
        self.until_off = False
        self.timing_first = False
        self.divided = False
        self.sides = 1.0
        self.repeat = False
        self.up_to = False
        self.at_once = False

    @property
    def timed(self) -> bool:
        """Say whether anything tells how often."""
        return bool(
            self.takes or self.share or self.daily or self.slots or self.clocks or self.weekdays
            or self.rest_of_week
        )  # fmt: skip

    @property
    def moments(self) -> set[str]:
        """The times of day (slots), where only they tell how often."""
        return set() if self.takes or self.clocks else set(self.slots)

    def copy_timing(self, other: Group) -> None:
        """Take over how often from another group."""
        self.takes, self.share, self.daily, self.clocks = other.takes, other.share, other.daily, other.clocks
        self.slots, self.slots_joined, self.either = list(other.slots), other.slots_joined, other.either
        self.weekdays, self.rest_of_week, self.divided = (
            set(other.weekdays),
            other.rest_of_week,
            other.divided,
        )


class Reader:
    """Walks once over the reduced items and collects the groups and what holds for the whole text."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.groups: list[Group] = []
        self.as_needed = False
        self.maximum: Item | None = None
        self.maximum_by_up_to = False
        self.strength: tuple[float, str] | None = None
        self.concentration: tuple[float, str] | None = None
        self._join = ""
        self._change = ""
        self._allowed = False
        self._up_to = False
        self._after: float | None = None
        self._depth = 0
        for at, item in enumerate(items):
            self._read(at, item)

    @property
    def now(self) -> Group:
        """The group being read."""
        if not self.groups:
            self.groups.append(Group())
        return self.groups[-1]

    def _new(self, join: str) -> Group:
        group = Group(join)
        group.change, group.allowed, group.after = self._change, self._allowed, self._after
        self._join, self._change, self._allowed, self._after = "", "", False, None
        self.groups.append(group)
        return group

    def _read(self, at: int, item: Item) -> None:
        kind = item.kind
        if kind in "qn":
            self._add_amount(at, item)
        elif kind in TIMING:
            self._add_timing(item)
        elif kind == "G":
            self._add_scheme(at, item)
        elif kind in "DX":
            self._add_length(item)
        elif kind in "&oL,.-":
            names = {"&": "and", "o": "or", "L": "alternating"}
            if kind in names and self._join not in ("then", "change"):
                self._join = names[kind]
            self._join = self._join or ","
        elif kind == "h":
            self._join = "then" if self._join != "change" else "change"
        elif kind == "+":
            self._join, self._change = "change", item.name
        elif kind == "b" and self._join == "change":
            self._new("change").stepping = True
        elif kind == "b" and self.groups and self.now.change and not self.now.amount:
            self.now.stepping = True
        elif kind in "()":
            self._depth = max(0, self._depth + (1 if kind == "(" else -1))
        else:
            self._read_sign(item)

    def _read_sign(self, item: Item) -> None:
        kind = item.kind
        if kind == "y":
            self.as_needed = True
        elif kind == "?":
            self._allowed = True
        elif kind == "^":
            self._up_to = True
        elif kind == "M" and item.high > 0:
            self._add_maximum(item)
        elif kind == "H":
            self._add_up_to(self._bare(item))
        elif kind == "Q":
            self._add_total(item)
        elif kind == "%":
            if item.word == "ml":
                self.concentration = (item.low, item.name)
            elif item.word != "time":
                self.strength = (item.low, item.name)
        elif kind == "F":
            self._after = item.low
            if self._join == "change" or (self.groups and self.now.change and self.now.amount):
                self.now.after = item.low
        elif kind == "g":
            if self.groups and all(group.stop for group in self.groups):
                self.groups.clear()
            elif self.groups and self.now.amount and self.now.timed:
                self._join = "then"
        elif kind == "Y" and self.groups and self.now.amount and not self.now.timed:
            self.now.at_once = True
        elif kind == "z":
            self._new("then").stop = True
        elif kind == "Z":
            self.now.until_off = True
        elif kind == "V":
            self.now.divided = True
        elif kind == "B":
            self.now.sides = 2.0
        elif kind == "R":
            self.now.repeat = True
        elif kind == "E":
            self._join = "except"
        elif kind == "S":
            amount = next((g.amount for g in reversed(self.groups) if g.amount), None)
            if amount and self._join:
                self._new(self._join).amount = amount

    def _add_maximum(self, item: Item) -> None:
        if self.groups and self.now.stepping and not self.now.amount:
            self.now.amount = item
        elif self._join == "change":
            self._new("change").amount = item
        else:
            self.maximum = self._bare(item)

    def _add_up_to(self, item: Item) -> None:
        """Up to so much a day: the most of an amount named before, or the amount itself from zero."""
        if self.groups and self.now.amount:
            self.maximum, self.maximum_by_up_to = item, True
        else:
            self.now.amount = Item("q", 0.0, item.high, item.name)
            self.now.daily = True

    def _add_total(self, item: Item) -> None:
        if not self.groups or self.now.amount is None:
            self.now.amount = item
        elif self.now.total is None:
            self.now.total = item

    @staticmethod
    def _bare(item: Item) -> Item:
        """Return the amount with a unit: a bare small number counts pieces, a large one has none."""
        if item.name and item.kind != "n" and item.name not in ("number", "fraction", "figure", "maximum"):
            return item
        return Item("q", item.low, item.high, "unit" if item.high <= LARGEST_BARE_COUNT else "")

    def _add_amount(self, at: int, item: Item) -> None:
        bare = item.kind == "n"
        item = self._bare(item)
        if item.high <= 0:
            return
        group = self.now
        if group.stepping and group.step is None:
            group.step = item
            return
        if self._join in ("then", "change") and (
            group.amount or group.timed or group.stop or self._join == "change"
        ):
            if group.stepping and self._join != "then":
                self._join = ""
            else:
                group = self._new(self._join)
        if self._up_to:
            self._up_to = False
            if group.amount is None:
                item = Item("q", 0.0, item.high, item.name)
                group.up_to = True
            else:
                self.maximum, self.maximum_by_up_to = item, True
                return
        if self._join == "except" and group.timed:
            group = self._new("except")
            group.amount, group.excepted = item, True
        elif self._depth and group.amount:
            self._add_in_brackets(at, item)
        elif group.amount is None:
            group.amount = item
            group.strength = item.strength or group.strength
            self._join = ""
        elif not (group.timed or group.length or group.label or group.stop):
            self._add_beside(group, item, bare)
        elif (
            (item.name in MASS) != (group.amount.name in MASS)
            and self._join in ("", ",")
            and not self._timed_after(at)
        ):
            group.total = group.total or item
        else:
            self._new(self._join).amount = item
            self.now.strength = item.strength

    def _add_in_brackets(self, at: int, item: Item) -> None:
        """1 tablet (50 mg total); 50 mg tablets (2 tablets every day)."""
        group = self.now
        assert group.amount
        if self._timed_after(at) and not group.timed:
            if group.amount.name in MASS:
                group.strength = (group.amount.low, group.amount.name)
            group.amount = item
        elif group.timed and self._timed_after(at):
            self._new("(").amount = item
        elif group.total is None:
            group.total = item

    def _timed_after(self, at: int) -> bool:
        """Say whether a timing stands after this place, before the next amount, join or bracket."""
        for item in self.items[at + 1 :]:
            if item.kind in TIMING or item.kind == "D":
                return True
            if item.kind in "qn)h+&":
                return False
        return False

    def _add_beside(self, group: Group, item: Item, bare: bool) -> None:
        """Join a second amount to one that nothing stands between."""
        first = group.amount
        assert first
        if self._join == "and" and first.name == item.name:
            group.amount = Item("q", first.low + item.low, first.high + item.high, first.name)
        elif self._join in ("alternating", "or", "and"):
            self._new(self._join).amount = item
        elif first.strength and item.strength and first.strength[1] == item.strength[1]:
            mass = sum(each.low * (each.strength[0] if each.strength else 0.0) for each in (first, item))
            group.amount, group.strength = Item("q", mass, mass, first.strength[1]), None
        elif first.name in MASS:
            counted = item.name in COUNTED and not (bare and item.high > LARGEST_BARE_COUNT)
            if counted or (item.name in MASS and (item.low, item.name) != (first.low, first.name)):
                group.strength = (first.low, first.name)
                group.amount = item
        elif first.name in ("unit", "") and item.name != "unit":
            group.amount = item
        elif item.name in MASS:
            group.total = item
        elif item.name == "unit" and first.name in COUNTED and item.low != first.low:
            self._new(self._join or ",").amount = item
        self._join = ""

    def _add_scheme(self, at: int, item: Item) -> None:
        """1-0-1: the sum of what is taken at three or four times of the day; ``high`` is their number."""
        following = next((i.name for i in self.items[at + 1 : at + 2] if i.kind == "u"), "")
        group = self.now
        if group.amount and (group.timed or self._join in ("then", "change")):
            group = self._new(self._join or ",")
        if item.low <= 0:
            return
        large = item.low > LARGEST_BARE_COUNT
        if group.amount and group.amount.name in MASS and not large:
            group.strength = (group.amount.low, group.amount.name)
        unit = item.name or following or ("" if large else "unit")
        counted = group.amount.name if group.amount and group.amount.name in COUNTED else ""
        group.amount = Item("q", item.low / item.high, item.low / item.high, counted or unit)
        group.takes = Item("f", item.high, item.high)
        self._join = ""

    def _add_timing(self, item: Item) -> None:
        group = self.now
        if self._up_to and item.kind in "fs":
            item = Item(item.kind, 0.0, item.high)
            self._up_to = False
        if group.stepping and group.step and item.kind in "rs":
            group.length = Item("D", round(1 / item.low) if item.kind == "s" and item.low else 1)
            return
        if self._join == "except" and item.kind in "wl":
            group = self._new("except")
            group.excepted = True
        elif (
            (self._join in ("then", "change") and (group.amount or group.timed))
            or (group.timing_first and group.amount and group.timed and self._join in ("and", ","))
            or (group.length and group.timed and self._join and item.kind in "fr")
        ):
            group = self._new(self._join)
        elif group.stop:
            return
        if group.amount is None:
            group.timing_first = True
        self._set_timing(group, item)
        self._join = ""

    def _set_timing(self, group: Group, item: Item) -> None:
        kind = item.kind
        if kind == "f":
            group.takes = group.takes or item
        elif kind == "s":
            group.share = group.share or item
        elif kind == "r":
            eye = item.word == "od" and group.amount is not None and group.amount.name == "drop"
            group.daily = group.daily or not eye
        elif kind == "k":
            group.clocks += 1
        elif kind == "w":
            group.weekdays |= set(item.name.split())
        elif kind == "W":
            group.rest_of_week = True
        elif item.name not in group.slots:
            group.either = group.either or (self._join == "or" and bool(group.slots))
            group.slots_joined = group.slots_joined or (self._join != "" and bool(group.slots))
            group.slots.append(item.name)

    def _add_length(self, item: Item) -> None:
        group = self.now
        if item.kind == "D":
            group.length = group.length or item
        elif group.label is not None or (self._join in ("then", "change") and group.amount):
            self._new(self._join).label = item
        else:
            group.label = item
        if self._join not in ("then", "change"):
            self._join = ""
