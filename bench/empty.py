"""An endpoint that takes a body and does nothing: what FastAPI itself costs."""

from __future__ import annotations

from fastapi import FastAPI, Request


def make_app() -> FastAPI:
    """Return the app."""
    app = FastAPI()

    @app.post("/empty")
    async def empty(request: Request) -> dict[str, bool]:
        return {"ok": bool(await request.body())}

    return app
