"""Do the rules for adults with a depressive disorder apply to this person at all?

They need a depressive diagnosis, a score over the threshold, or the person's own word that a treatment was
for depression; and treatments given to an adult. Otherwise there is no verdict and no score, and the reason
is said. Source of the rule: design, section 4; table ``convention`` (``adult_age``).
"""

from __future__ import annotations

from opentrd.kleene import NO
from opentrd.rules.case import Case
from opentrd.statement import Statement


def speaks_of_depression(case: Case) -> bool:
    """Tell whether any row speaks of a depressive disorder."""
    book = case.book
    for condition in case.conditions:
        concept = book.conditions.get(condition.concept or "")
        if concept is not None and concept.group == "depressive" and not condition.family_member:
            return True
    if any(point.depressed for point in case.points):
        return True
    for x in case.exposures:
        indication = book.conditions.get(x.indication or "")
        if indication is not None and indication.group == "depressive":
            return True
        if x.origin == "self_report" and x.indication is None and x.treatment is not None:
            row = book.treatments.get(x.treatment)
            if row is not None and (row.main == "yes" or row.kind in ("psychotherapy", "stimulation")):
                return True
    return False


def not_applicable(case: Case) -> Statement | None:
    """Return why adult rules of depression do not apply, or ``None`` where they do."""
    if not speaks_of_depression(case):
        return Statement("not_applicable.no_depression", searched=("condition", "score", "indication"))
    age = case.book.conventions.adult_age
    if not case.under_age(_first_day(case)):
        return None  # a minor in a trial was one on the first day of the record
    cite = ("convention:adult_age",)
    judged = [t for t in case.trials if t.role not in ("not_for_depression", "lifestyle")]
    if judged and all(t.adult == NO for t in judged):
        sources = case.person.source_ids + tuple(s for t in judged for s in t.sources)
        return Statement("not_applicable.under_age", {"age": age}, sources, cite)
    if not judged and case.under_age(case.horizon - 1):
        return Statement("not_applicable.under_age", {"age": age}, case.person.source_ids, cite)
    return None


def _first_day(case: Case) -> int:
    """The first day on which a line says that a treatment began, the day of assessment where none does."""
    days = [x.start_earliest if x.start_earliest is not None else x.start_latest for x in case.exposures]
    return min([day for day in days if day is not None] + [case.horizon - 1])
