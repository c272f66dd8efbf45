"""The interface for programs: assessments in and out as JSON, one at once or many in the background."""

from fastapi import APIRouter

from opentrd.service.api import assess, batch
from opentrd.service.api.described import describe
from opentrd.service.api.jobs import Jobs

__all__ = ["Jobs", "describe", "router"]

router = APIRouter()
router.include_router(assess.router)
router.include_router(batch.router)
