"""SMART App Launch 2.2: reading a record from a FHIR server, with the consent of who signs in."""

from fastapi import APIRouter

from opentrd.service.smart import launching, pages

router = APIRouter()
router.include_router(launching.router)
router.include_router(pages.router)
