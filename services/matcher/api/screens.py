"""The catalogue of screens with what each rests on, and the model versions in force and before."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request

from kit.auth import Caller, requires
from kit.problems import NotFound, problems
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas import CitationOut, ModelDetailOut, ModelOut, ModelsOut, ScreenOut, ScreensOut
from matcher.models import store as models
from matcher.screens.catalogue import CATALOGUE
from matcher.screens.parameters import parameters_for
from matcher.screens.screen import Screen

router = APIRouter(tags=["screens"])
Reader = Annotated[Caller, Depends(requires("screens:read"))]
Keeper = Annotated[Caller, Depends(requires("links:read"))]


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


@router.get("/models", responses=problems(*REFUSALS))
def list_models(session: Reading, caller: Keeper) -> ModelsOut:  # noqa: ARG001 - the scope is the point
    """Model versions, the newest first."""
    return ModelsOut(models=[ModelOut.model_validate(row) for row in models.every(session)])


@router.get("/models/{version}", responses=problems(*REFUSALS, NotFound))
def get_model(session: Reading, caller: Keeper, version: str) -> ModelDetailOut:  # noqa: ARG001 - the scope is the point
    """A version with its weights, priors and thresholds."""
    row = models.get(session, version)
    if row is None:
        raise NotFound
    return ModelDetailOut(**ModelOut.model_validate(row).model_dump(), content=orjson.loads(row.document))


def _screen(request: Request, caller: Caller, screen: Screen) -> ScreenOut:
    parameters = parameters_for(caller.area, request.app.state.desk.today())
    return ScreenOut(
        screen=screen.id,
        version=screen.version,
        title=screen.title,
        population=screen.population,
        citations=[CitationOut.model_validate(one) for one in screen.citations],
        tier=parameters.tiers[screen.id],
        parameters_version=parameters.version,
    )
