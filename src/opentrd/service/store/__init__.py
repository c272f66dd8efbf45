"""What the service keeps: tables, and one transaction for each change."""

from opentrd.service.store.store import Store

__all__ = ["Store"]
