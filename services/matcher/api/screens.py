"""The catalogue of screens with what each rests on."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.problems import NotFound, problems
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas import CitationOut, ScreenOut, ScreensOut
from matcher.batches import store as batches
from matcher.screens.catalogue import BY_ID, CATALOGUE, parameters_for, silent
from matcher.screens.columns.settings import SCREEN_DAYS, SCREEN_TIERS
from matcher.screens.screen import KINDS, Screen

router = APIRouter(tags=["screens"])
Reader = Annotated[Caller, Depends(requires("screens:read"))]


@router.get("/screens", responses=problems(*REFUSALS))
def list_screens(request: Request, session: Reading, caller: Reader) -> ScreensOut:
    """All screens, as they stand for the caller's area today."""
    show = _shown(request, session, caller)
    return ScreensOut(screens=[show(screen) for screen in CATALOGUE])


@router.get("/screens/{screen}", responses=problems(*REFUSALS, NotFound))
def get_screen(request: Request, session: Reading, caller: Reader, screen: str) -> ScreenOut:
    """One screen."""
    found = BY_ID.get(screen)
    if found is None:
        raise NotFound
    return _shown(request, session, caller)(found)


def _shown(request: Request, session: Session, caller: Caller) -> Callable[[Screen], ScreenOut]:
    parameters = parameters_for(caller.area, request.app.state.desk.today())
    dumb = silent(batches.feeds_that_count(session))
    tiers, days = SCREEN_TIERS.of(parameters), SCREEN_DAYS.of(parameters)

    def show(screen: Screen) -> ScreenOut:
        return ScreenOut(
            screen=screen.id,
            version=screen.version,
            title=screen.title,
            kind=screen.kind,
            kind_title=KINDS[screen.kind],
            population=screen.population,
            logic=screen.logic,
            citations=[CitationOut.model_validate(one) for one in screen.citations],
            tier=tiers.get(screen.id, screen.usual_tier),
            due_days=days.get(screen.id, screen.days),
            sources=list(screen.sources),
            silent_because=dumb.get(screen.id),
            parameters_version=parameters.version,
        )

    return show
