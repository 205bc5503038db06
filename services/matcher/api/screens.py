"""The catalogue of screens with what each rests on, and of the settings they read."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from kit.auth import Caller, requires
from kit.problems import NotFound, problems
from kit.scope import covers
from kit.web import Reading
from matcher.api.door import REFUSALS, Area
from matcher.api.schemas import CitationOut, ScreenOut, ScreensOut
from matcher.api.schemas_profiles import SettingOriginOut, SettingOut, SettingsOut
from matcher.profiles import store as profiles
from matcher.screens.catalogue import CATALOGUE, SETTINGS, parameters_of
from matcher.screens.columns.settings import SCREEN_TIERS
from matcher.screens.in_force import Origin, origins
from matcher.screens.parameters import (
    Amount,
    Colours,
    Diseases,
    Flag,
    Grades,
    Parameters,
    PerScreen,
    Setting,
    Unsettled,
    Whole,
    Words,
)
from matcher.screens.readers import readers
from matcher.screens.screen import Screen

router = APIRouter(tags=["screens"])
Reader = Annotated[Caller, Depends(requires("screens:read"))]


KINDS = {
    Amount: "amount", Whole: "whole", Words: "words", Flag: "flag", Grades: "grades", Diseases: "diseases",
    PerScreen: "per-screen", Colours: "colours",
}  # fmt: skip


@router.get("/screens", responses=problems(*REFUSALS))
def list_screens(request: Request, session: Reading, caller: Reader) -> ScreensOut:
    """All screens, as they stand for the caller's area today."""
    told = parameters_of(caller.area, request.app.state.desk.today(), profiles.approved(session))
    return ScreensOut(screens=[_screen(told, screen) for screen in CATALOGUE])


@router.get("/screens/{screen}", responses=problems(*REFUSALS, NotFound))
def get_screen(request: Request, session: Reading, caller: Reader, screen: str) -> ScreenOut:
    """One screen."""
    found = next((each for each in CATALOGUE if each.id == screen), None)
    if found is None:
        raise NotFound
    told = parameters_of(caller.area, request.app.state.desk.today(), profiles.approved(session))
    return _screen(told, found)


@router.get("/screen-settings", responses=problems(*REFUSALS, NotFound))
def list_screen_settings(
    request: Request, session: Reading, caller: Reader, area: Area = None, on: date | None = None
) -> SettingsOut:
    """Every setting of the screens: what it may be, its value in the caller's area (or one in it) on a day, today where
    none is named, the document and the profile it comes from, and which screens read it."""
    place = area or caller.area
    if not covers(caller.area, place):
        raise NotFound
    day, approved = on or request.app.state.desk.today(), profiles.approved(session)
    told = origins(place, day, approved)
    try:
        version = parameters_of(place, day, approved).version
    except Unsettled:
        version = None
    return SettingsOut(
        area=place,
        on=day,
        parameters_version=version,
        settings=[_setting(one, told.get(one.name)) for one in SETTINGS],
    )


def _setting(one: Setting, origin: Origin | None) -> SettingOut:
    profile = None if origin is None else origin.profile
    return SettingOut(
        setting=one.name,
        title=one.title,
        unit=one.unit,
        kind=KINDS[type(one)],
        low=_bound(one, "low"),
        high=_bound(one, "high"),
        among=list(getattr(one, "among", ())),
        value=None if origin is None else origin.value,
        basis=None if profile is None else profile["basis"].get(one.name),
        origin=None
        if profile is None
        else SettingOriginOut.model_validate({"profile_id": None, "campaign": None, **profile}),
        screens=list(readers().get(one.name, ())),
    )


def _bound(one: Setting, name: str) -> float | None:
    """A bound of a number; where words are meant there is none."""
    return None if getattr(one, "among", ()) else getattr(one, name, None)


def _screen(parameters: Parameters, screen: Screen) -> ScreenOut:
    return ScreenOut(
        screen=screen.id,
        version=screen.version,
        title=screen.title,
        population=screen.population,
        citations=[CitationOut.model_validate(one) for one in screen.citations],
        tier=SCREEN_TIERS.of(parameters).get(screen.id, screen.usual_tier),
        parameters_version=parameters.version,
    )
