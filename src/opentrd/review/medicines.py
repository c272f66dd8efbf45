"""What the review sees of medicines: the index and the selectors of ``knowledge/medicines.py``."""

from opentrd.knowledge.medicines import Medicine, Medicines, medicines_of, selector

__all__ = ["Medicine", "Medicines", "medicines_of", "selector"]
