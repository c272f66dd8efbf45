"""What the measures look at, of one person: events with their codes' value sets, statuses and exact times.

The record of depression (``records/model.py``) keeps what says something of treatment; a measure also needs
visits, orders that were not carried out, hospice care and reasons why something was not done. ``sets`` are
keys of the table ``value_set``; ``source`` names the resource.
"""

from __future__ import annotations

import msgspec

from opentrd.cohort.measures.times import Moment, Stretch

_NONE: frozenset[str] = frozenset()


class Event(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """What every event has. ``status`` is the word of the record, ``None`` where it has none."""

    source: str
    sets: frozenset[str]
    status: str | None = None


class Encounter(Event, kw_only=True, frozen=True, gc=False):
    """A visit or a stay. ``discharged`` are the value sets of where the person went afterwards."""

    period: Stretch | None = None
    discharged: frozenset[str] = _NONE


class Condition(Event, kw_only=True, frozen=True, gc=False):
    """A diagnosis. ``status`` is the clinical one; ``present`` is from onset to abatement."""

    confirmed: bool = False
    categories: frozenset[str] = _NONE
    present: Stretch | None = None


class Observation(Event, kw_only=True, frozen=True, gc=False):
    """A result. ``value`` where it is a number, ``answers`` the value sets of one that is a code.

    ``not_done`` are the value sets of the reason why it was not made, ``None`` where it was made.
    """

    categories: frozenset[str] = _NONE
    time: Stretch | None = None
    issued: Moment | None = None
    value: float | None = None
    has_value: bool = False
    answers: frozenset[str] = _NONE
    not_done: frozenset[str] | None = None


class Procedure(Event, kw_only=True, frozen=True, gc=False):
    """Something that was done."""

    time: Stretch | None = None


class Order(Event, kw_only=True, frozen=True, gc=False):
    """An order of a service or of a medicine. ``forbids``: it says what must not be done.

    ``supply`` are the days for which a medicine was ordered, ``None`` where the order does not tell.
    """

    intent: str | None = None
    forbids: bool = False
    written: Moment | None = None
    supply: Stretch | None = None


class Dispense(Event, kw_only=True, frozen=True, gc=False):
    """A medicine that was given out. ``supply`` are the days for which, ``None`` where it does not tell."""

    supply: Stretch | None = None


class MeasureRecord(msgspec.Struct, kw_only=True):
    """One person. ``died`` is the day or moment of death, ``dead`` that a death is recorded, dated or not."""

    person_id: str
    source: str = ""
    born: Moment | None = None
    died: Moment | None = None
    dead: bool = False
    encounters: list[Encounter] = []
    conditions: list[Condition] = []
    observations: list[Observation] = []
    procedures: list[Procedure] = []
    services: list[Order] = []
    medicines: list[Order] = []
    dispenses: list[Dispense] = []
    #: Events counted for this person though their resource names another address (see ``reading``).
    adopted: tuple[str, ...] = ()
