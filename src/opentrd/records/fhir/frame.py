"""The frame of a medicine line: what its exposures have in common, and the steps of its dosage placed in it.

A line becomes an exposure for each step of its dosage and each part of a combination product.
"""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, Tri
from opentrd.records.fhir.context import Context
from opentrd.records.fhir.dates import UNKNOWN_DAY, Span, ends_before_start, shift
from opentrd.records.fhir.dosage import Daily, Step
from opentrd.records.fhir.entry import Entry
from opentrd.records.fhir.products import Product
from opentrd.records.model import Exposure


class Frame:
    """What the exposures of one line have in common."""

    def __init__(self, ctx: Context, entry: Entry, product: Product, sources: tuple[str, ...]) -> None:
        self.ctx = ctx
        self.entry = entry
        self.product = product
        self.sources = sources
        self.origin = "order"
        self.status = "unknown"
        self.start = UNKNOWN_DAY
        self.end = UNKNOWN_DAY
        self.supply: int | None = None
        self.collected: Tri = UNKNOWN
        self.route: str | None = None
        self.stopped_for: tuple[str, ...] = ()
        self.indication: str | None = None
        self.order_id: str | None = None

    def emit(
        self, start: Span, end: Span, dose: Daily, *, last: bool = True, supply: int | None = None
    ) -> None:
        """Add the exposure of one step, or one for each part of a combination product."""
        product = self.product
        for treatment, share in shares(product):
            self._emit(treatment, share, start, end, dose, last=last, supply=supply)

    def _emit(
        self,
        treatment: str | None,
        share: float,
        start: Span,
        end: Span,
        dose: Daily,
        *,
        last: bool,
        supply: int | None,
    ) -> None:
        product = self.product
        low = None if dose.low is None else dose.low * share
        high = None if dose.high is None else dose.high * share
        unit = product.dose_unit if product.dose_unit in ("mcg/d", "mg/session") else "mg/d"
        factor = 1000.0 if unit == "mcg/d" else 1.0
        has_end = end.earliest is not None or end.latest is not None
        exact = product.strength_low == product.strength_high
        self.ctx.exposures.append(
            Exposure(
                person_id=self.ctx.person_id,
                source_ids=self.sources,
                treatment=treatment,
                kind=product.kind,
                origin=self.origin,
                product_text=product.text,
                codes=product.codes,
                formulation=product.formulation,
                route=self.route or product.route,
                strength=_round(product.strength_low * share) if exact and product.strength_low else None,
                strength_unit=product.strength_unit if exact else None,
                start_earliest=start.earliest,
                start_latest=start.latest,
                end_earliest=end.earliest,
                end_latest=end.latest,
                ongoing=NO if has_end or not last or self.status in ("stopped", "completed") else UNKNOWN,
                dose_low=_round(low * factor) if low is not None else None,
                dose_high=_round(high * factor) if high is not None else None,
                dose_unit=unit if low is not None or high is not None else None,
                supply_days=supply,
                sessions_low=1 if unit == "mg/session" and self.origin == "administration" else None,
                sessions_high=1 if unit == "mg/session" and self.origin == "administration" else None,
                collected=self.collected,
                stop_reasons=self.stopped_for if last else (),
                indication=self.indication,
                status=self.status if last else "completed",
                order_id=self.order_id,
                doubt=product.doubt,
            )
        )

    def _left_for(self, start: Span) -> int | None:
        """Return the days of supply left for the last step, where the length of the earlier ones is exact."""
        if self.supply is None or start == self.start:
            return self.supply
        if start.earliest is None or self.start.earliest is None:
            return None
        gone = start.earliest - self.start.earliest
        left = self.supply - gone
        return left if start == shift(self.start, gone) and 0 < left <= self.supply else None

    def add(self, steps: list[Step]) -> bool:
        """Add the exposures of a line's steps; ``False`` (nothing added) where it ends before it starts."""
        placed = _place(self, steps)
        if any(ends_before_start(start, end) for start, end, _ in placed):
            self.ctx.skip(self.entry, "end_before_start")
            return False
        for number, (start, end, dose) in enumerate(placed):
            last = number == len(placed) - 1
            self.emit(start, end, dose, last=last, supply=self._left_for(start) if last else None)
        self.ctx.use(*self.sources)
        return True


def shares(product: Product) -> list[tuple[str | None, float]]:
    """Return what an exposure of a product is of, each with its milligrams for one of the first part's."""
    if not product.parts:
        return [(product.treatment, 1.0)]
    first = product.parts[0][1]
    return [(treatment, amount / first) for treatment, amount in product.parts]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _place(frame: Frame, steps: list[Step]) -> list[tuple[Span, Span, Daily]]:
    """Give each step its start and end: stated dates, lengths from the start, or the line's own."""
    placed: list[tuple[Span, Span, Daily]] = []
    at = frame.start
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        start = step.start if step.start.earliest is not None else at
        end = step.end
        if end.earliest is None and step.days_low is not None and start.earliest is not None:
            end = shift(start, step.days_low, step.days_high)
            if frame.status == "stopped" and last:
                end = Span(shift(start, 1).earliest, end.latest)
        if last and end.earliest is None:
            end = frame.end
        placed.append((start, end, step.dose))
        at = end
    return placed
