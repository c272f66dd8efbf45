"""CDS Hooks 2.0: cards for the electronic record."""

from opentrd.service.hooks.routes import router

__all__ = ["router"]
