"""How values are written: dates, numbers and spans by the language, keys by their names in the tables."""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import TYPE_CHECKING, Final

from opentrd.statement import Param

if TYPE_CHECKING:
    from opentrd.present.words import Words

_TRIAL: Final = re.compile(r"(.+)-(\d{4})-(\d{2})(?:-(\d+))?")
#: Characters that could steer a terminal or turn the direction of text; record text is untrusted.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")
_WEEK: Final = 7
_MONTH: Final = 30.44
_YEAR: Final = 12
#: So many months are told as days, so many years as months.
_MONTHS: Final = 2
#: In the text of a product: the strength and all that follows it, and hours of release before the name.
_UCUM: Final = re.compile(r"[\[\]{}]")
_STRENGTH: Final = re.compile(r"(?:^|\s+)\d[\d.,]*\s*(?:mg|mcg|g|ml|unt|units|iu|meq|mmol|%)\b.*", re.I)
_HOURS: Final = re.compile(r"^\d+\s*hr\s+", re.I)


def clean(text: str) -> str:
    """Return a text of the record without characters that steer terminals or turn text around."""
    return _CONTROL.sub(" ", text)


def in_sentence(name: str) -> str:
    """Return a name as it stands inside a sentence: small, unless it is a person's or an abbreviation."""
    first = name.partition(" ")[0]
    own = first.endswith("'s") or first[1:] != first[1:].lower()
    return name if own else name[:1].lower() + name[1:]


#: So many written values are remembered: a service that runs for long forgets what it wrote.
_MOST_SEEN: Final = 50_000


class Formats:
    """The built-in formats in one language. ``write`` is what templates call."""

    def __init__(self, words: Words) -> None:
        from babel import Locale

        self._words = words
        self._locale = Locale.parse(words.language)
        self._seen: dict[tuple[str, object], str] = {}
        #: The cells of the tables are as many as the tables hold.
        self._cells: dict[tuple[str, str], str] = {}
        self._plurals: dict[float, str] = {}

    def write(self, form: str, argument: str, value: Param, high: Param = None) -> str:
        """Write a value in a format; a range where ``high`` is another value; a tuple as a list."""
        if form == "plural":
            return self._plural(argument, value)
        if form == "cell":
            return "" if value is None else self._cell(argument, str(value))
        if isinstance(value, tuple):
            return self.join([self.one(form, item) for item in value], argument or "and")
        if isinstance(high, tuple):
            high = None
        if high is None or high == value:
            return self._words.text("format.unknown") if value is None else self.one(form, value)
        if form in ("date", "short") and isinstance(value, int) and isinstance(high, int):
            return self._day_range(form, value, high)
        if value is None:
            return self._words.text("format.up_to", high=self.one(form, high))
        return self._words.text("format.range", low=self.one(form, value), high=self.one(form, high))

    def one(self, form: str, value: str | float) -> str:
        """Write one value."""
        key = (form, value)
        found = self._seen.get(key)
        if found is None:
            method = getattr(self, f"_{form}", None)
            found = method(value) if method else self._group(form, str(value))
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen[key] = found
        return found

    def join(self, items: list[str], word: str = "and") -> str:
        """Write a list: "a, b and c", or "a, b or c"."""
        if len(items) < 2:
            return items[0] if items else self._words.text("format.nothing")
        return self._words.text(self._link(word, items[-1]), first=", ".join(items[:-1]), last=items[-1])

    def _link(self, word: str, last: str) -> str:
        """Return the message that joins the last item; a language may have another before its first sound.

        Spanish says "e" before "i" or "hi" (not "hie"), and "u" before "o" or "ho".
        """
        sound = last.lower().removeprefix("h")
        key = ".".join(("format", word, "" if sound.startswith("ie") else sound[:1]))
        return f"format.{word}" if self._words.find(key) is None else key

    def _cell(self, place: str, key: str) -> str:
        """Write a cell's text: as translated (``cell.<table>.<column>.<key>``), or as the table has it."""
        found = self._cells.get((place, key))
        if found is None:
            found = self._words.find(f"cell.{place}.{key}")
            if found is None:
                table, _, column = place.partition(".")
                found = clean(str(getattr(self._words.knowledge.row(f"{table}:{key}"), column)))
            self._cells[place, key] = found
        return found

    def _contact_name(self, value: object) -> str:
        return self._cell("contact.name", str(value))

    def _contact_number(self, value: object) -> str:
        """Write the number with what to do with it, as the table has it ("call or text 988")."""
        return self._cell("contact.number", str(value))

    def _unit(self, value: object) -> str:
        """Write a unit: by its name, or its UCUM code without brackets (``m[IU]/L``, ``{1.73_m2}``)."""
        code = str(value)
        return self._words.find(f"unit.{code}") or _UCUM.sub("", clean(code)).replace("_", " ").strip()

    def _group(self, group: str, value: str) -> str:
        return self._words.find(f"{group}.{value}") or clean(value).replace("_", " ")

    def _plural(self, argument: str, value: Param) -> str:
        forms = argument.split("|")
        number = len(value) if isinstance(value, tuple) else value if isinstance(value, int | float) else 1
        return forms[0] if self._plural_form(number) == "one" else forms[-1]

    def _plural_form(self, number: float) -> str:
        found = self._plurals.get(number)
        if found is None:
            found = str(self._locale.plural_form(number))
            if len(self._plurals) < _MOST_SEEN:
                self._plurals[number] = found
        return found

    # text and lists

    def _text(self, value: object) -> str:
        return self._number(value) if isinstance(value, float) else clean(str(value))

    # days

    def _date(self, value: object) -> str:
        return self._day(value, "format.date")

    def _short(self, value: object) -> str:
        return self._day(value, "format.short")

    def _day_month(self, value: object) -> str:
        return self._day(value, "format.day_month")

    def _month_name(self, value: object) -> str:
        return self._day(value, "format.month_name")

    def _month_short(self, value: object) -> str:
        return self._day(value, "format.month_short")

    def _month(self, value: object) -> str:
        return self._day(value, "format.month")

    def _day(self, value: object, pattern: str) -> str:
        from babel.dates import format_date

        try:
            day = date.fromordinal(int(str(value)))
        except (ValueError, OverflowError):
            return self._words.text("format.unknown")
        return format_date(day, self._words.text(pattern), locale=self._locale)

    def _day_range(self, form: str, low: int, high: int) -> str:
        """Write a span of possible days: a whole month or year by its name, else "between"."""
        first, last = date.fromordinal(low), date.fromordinal(high)
        whole_month = calendar.monthrange(last.year, last.month)[1]
        if (first.year, first.month, 1, whole_month) == (last.year, last.month, first.day, last.day):
            return self.one("month" if form == "date" else "month_short", low)
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
            return str(first.year)
        return self._words.text("format.between", low=self.one(form, low), high=self.one(form, high))

    def _weeks(self, value: object) -> str:
        days = int(float(str(value)))
        weeks, rest = divmod(days, _WEEK)
        if weeks < 2:
            return self._days(days)
        if rest == 0 or weeks >= 12:
            return self._words.text("format.weeks", n=weeks)
        return self._words.text("format.weeks_days", weeks=weeks, days=rest)

    def _days(self, value: object) -> str:
        return self._words.text("format.days", n=int(float(str(value))))

    def _ago(self, value: object) -> str:
        """Write how long ago: today, yesterday, days, and from two months on about how many months."""
        days = int(float(str(value)))
        if days < 2:
            return self._words.text("ago.today" if days <= 0 else "ago.yesterday")
        if days < _MONTHS * _MONTH:
            return self._words.text("ago.days", n=days)
        months = round(days / _MONTH)
        if months < _MONTHS * _YEAR:
            return self._words.text("ago.months", n=months)
        return self._words.text("ago.years", n=months // _YEAR)

    # numbers

    def _number(self, value: object) -> str:
        from babel.numbers import format_decimal

        number = float(str(value))
        if number in (float("inf"), float("-inf")):
            return self._words.text("format.unknown")
        return format_decimal(number, format="#,##0.##", locale=self._locale)

    def _whole(self, value: object) -> str:
        return self._number(round(float(str(value))))

    def _percent(self, value: object) -> str:
        return self._words.text("format.percent", n=self._number(round(float(str(value)))))

    def _better(self, value: object) -> str:
        """Write a change in percent of the start: how much better or worse."""
        change = float(str(value))
        if round(change) == 0:
            return self._words.text("format.same")
        return self._words.text(
            "format.worse" if change < 0 else "format.better", n=self._percent(abs(change))
        )

    def _share(self, value: object) -> str:
        return self._percent(float(str(value)) * 100)

    def _per100(self, value: object) -> str:
        return self._words.text("format.per100", n=self._number(round(float(str(value)) * 100)))

    # keys

    def _name(self, value: object) -> str:
        key = str(value)
        row = self._words.knowledge.treatments.get(key)
        return self._words.find(f"treatment.{key}") or (row.name if row else self._product(key))

    def _product(self, text: str) -> str:
        """Write a product of the record; to patients without strengths and forms, in their language."""
        said = clean(text).replace("_", " ")
        if self._words.audience != "patient":
            return said
        parts = [_STRENGTH.sub("", _HOURS.sub("", part)).strip() for part in said.split(" / ")]
        named = [self._words.find(f"treatment.{part.lower()}") or part for part in parts]
        return " / ".join(filter(None, named)) or said

    def _condition(self, value: object) -> str:
        key = str(value)
        row = self._words.knowledge.conditions.get(key)
        return self._words.find(f"condition.{key}") or (
            in_sentence(row.name) if row else clean(key).replace("_", " ")
        )

    def _scale(self, value: object) -> str:
        return clean(str(value))

    def _definition(self, value: object) -> str:
        """Write a definition by its name: as translated, or as its file has it."""
        key = str(value)
        row = self._words.knowledge.definitions.get(key)
        return self._words.find(f"definition.{key}") or clean(row.name if row else key)

    def _definition_note(self, value: object) -> str:
        """Write what is said of a definition: as translated, or as its file has it."""
        note = self._words.knowledge.definitions[str(value)].note
        return self._words.find(f"definition_note.{value}") or clean(note)

    def _model(self, value: object) -> str:
        """Write a staging model by the name under which it was published."""
        row = self._words.knowledge.staging_models.get(str(value))
        return row.name if row else clean(str(value))

    def _instrument(self, value: object) -> str:
        """Write an instrument by the name under which it was published."""
        row = self._words.knowledge.instruments.get(str(value))
        return row.name if row else clean(str(value))

    def _trial(self, value: object) -> str:
        match = _TRIAL.fullmatch(str(value))
        if match is None:
            return clean(str(value))
        begun = date(int(match[2]), int(match[3]), 1).toordinal()
        spaced = match[1].replace("_", " ")
        treatment = match[1] if match[1] in self._words.knowledge.treatments else spaced
        return self._words.text("format.trial", treatment=treatment, start=begun, counter=match[4])
