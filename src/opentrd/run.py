"""From an input to assessments: what the commands share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opentrd.assessing import assess
from opentrd.errors import InputError
from opentrd.present.unused import unused_text
from opentrd.records.read import Records, read

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.knowledge.loader import Knowledge
    from opentrd.present.words import Words


def assess_all(
    patient: str,
    *,
    words: Words,
    as_of: int,
    instrument: str | None = None,
    region: str | None = None,
    answers: Path | None = None,
    preferences: Mapping[str, float] | None = None,
    note: Callable[[str], None] | None = None,
) -> Iterator[Assessment]:
    """Read an input and assess each of its persons, one after another.

    ``note`` is told of lines that belong to none of several persons, which no assessment can list.
    """
    given = read_answers(answers) if answers else None
    found = records(patient, words.knowledge)
    if found.unused and note is not None:
        counts = Counter(unused_text(line.reason, "", words) for line in found.unused)
        reasons = " ".join(f"{reason} ({count})" for reason, count in counts.most_common())
        note(words.text("run.nobody", n=len(found.unused), reasons=reasons))
    for record in found:
        try:
            yield assess(
                record,
                as_of=as_of,
                knowledge=words.knowledge,
                instrument=instrument,
                region=region,
                language=words.language,
                audience=words.audience,
                answers=given,
                preferences=preferences,
            )
        except InputError as error:
            if error.file != "answers":
                raise
            raise InputError(str(answers), error.place, error.what, error.what_to_do) from error


def records(source: str | Path, knowledge: Knowledge | None = None) -> Records:
    """Read the records of an input (``opentrd.read``).

    Where there is one person, lines that name nobody are listed among those of that person that were not
    used.
    """
    from opentrd.knowledge.loader import load

    return single(read(source, knowledge or load()))


def single(found: Records) -> Records:
    """Give lines that name nobody to the only person, where there is but one."""
    if found.unused and len(found) == 1:
        found[0].unused.extend(found.unused)
        found.unused = []
    return found


def read_answers(path: Path) -> dict[str, Any]:
    """Return the answers in a file: a mapping from question ids to values."""
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(str(path), "", "the file can't be read", error.strerror or "") from error
    except UnicodeDecodeError as error:
        raise InputError(str(path), "", "the file is not text in UTF-8", "save it as UTF-8") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else ""
        what_to_do = "write lines such as  dose:citalopram-2024-03: 20"
        raise InputError(str(path), place, "this is neither YAML nor JSON", what_to_do) from error
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise InputError(
            str(path), "", "answers are a mapping from question ids to values", "one  id: value  a line"
        )
    return found
