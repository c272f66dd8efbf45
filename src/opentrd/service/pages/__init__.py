"""The pages of the web app."""

from fastapi import APIRouter

from opentrd.service.pages import answer, follow, learn, start, write

router = APIRouter()
router.include_router(start.router)
router.include_router(learn.router)
router.include_router(write.router)
router.include_router(follow.router)
router.include_router(answer.router)
