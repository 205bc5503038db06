"""The catalogue of screens with what each rests on."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from kit.auth import Caller, requires
from kit.problems import NotFound, problems
from matcher.api.door import REFUSALS
from matcher.api.schemas import CitationOut, ScreenOut, ScreensOut
from matcher.screens.catalogue import CATALOGUE, parameters_for
from matcher.screens.columns.settings import SCREEN_TIERS
from matcher.screens.screen import KINDS, Screen

router = APIRouter(tags=["screens"])
Reader = Annotated[Caller, Depends(requires("screens:read"))]


@router.get("/screens", responses=problems(*REFUSALS))
def list_screens(request: Request, caller: Reader) -> ScreensOut:
    """All screens, as they stand for the caller's area today."""
    return ScreensOut(screens=[_screen(request, caller, screen) for screen in CATALOGUE])


@router.get("/screens/{screen}", responses=problems(*REFUSALS, NotFound))
def get_screen(request: Request, caller: Reader, screen: str) -> ScreenOut:
    """One screen."""
    found = next((each for each in CATALOGUE if each.id == screen), None)
    if found is None:
        raise NotFound
    return _screen(request, caller, found)


def _screen(request: Request, caller: Caller, screen: Screen) -> ScreenOut:
    parameters = parameters_for(caller.area, request.app.state.desk.today())
    return ScreenOut(
        screen=screen.id,
        version=screen.version,
        title=screen.title,
        population=screen.population,
        citations=[CitationOut.model_validate(one) for one in screen.citations],
        kind=screen.kind,
        kind_title=KINDS[screen.kind],
        silent=screen.silent(parameters),
        tier=SCREEN_TIERS.of(parameters).get(screen.id, screen.usual_tier),
        parameters_version=parameters.version,
    )
