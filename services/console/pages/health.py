"""Whether the console answers, and what stands behind it: for whoever keeps it running, without a sign-in."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from console.services import MATCHER, REGISTRY, Away, Refused, Services

router = APIRouter(include_in_schema=False)
BEHIND = {"registry": REGISTRY, "matcher": MATCHER}


@router.get("/health/live")
async def live() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """Pages can be made: the registry answers. Without the matcher the ledger still works, so it is only told."""
    services: Services = request.app.state.services
    found = dict(zip(BEHIND, await asyncio.gather(*(_answers(services, at) for at in BEHIND.values())), strict=True))
    return JSONResponse(
        {"status": "ok" if all(found.values()) else "degraded", **found}, 200 if found["registry"] else 503
    )


async def _answers(services: Services, prefix: str) -> bool:
    try:
        await services.call(None, "GET", f"{prefix}/health/ready")
    except (Away, Refused):
        return False
    return True
