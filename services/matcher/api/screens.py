"""The catalogue of screens with what each rests on, and of the settings they read."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.problems import NotFound, problems
from kit.scope import covers
from kit.web import Reading
from matcher.api.door import REFUSALS, Area
from matcher.api.schemas import CitationOut, ScreenOut, ScreensOut
from matcher.api.schemas_profiles import SettingOriginOut, SettingOut, SettingsOut
from matcher.batches import store as batches
from matcher.profiles import store as profiles
from matcher.screens.catalogue import BY_ID, CATALOGUE, SETTINGS, parameters_of, silent
from matcher.screens.columns.settings import SCREEN_DAYS, SCREEN_TIERS
from matcher.screens.in_force import Origin, origins
from matcher.screens.parameters import (
    Amount,
    Colours,
    Day,
    Diseases,
    Flag,
    Grades,
    Orders,
    PerScreen,
    Setting,
    Unsettled,
    WhereSet,
    Whole,
    Words,
)
from matcher.screens.readers import readers
from matcher.screens.screen import KINDS as SCREEN_KINDS
from matcher.screens.screen import Screen

router = APIRouter(tags=["screens"])
Reader = Annotated[Caller, Depends(requires("screens:read"))]


KINDS = {
    Amount: "amount", Whole: "whole", Words: "words", Flag: "flag", Grades: "grades", Diseases: "diseases",
    PerScreen: "per-screen", Colours: "colours", Day: "day", Orders: "orders",
}  # fmt: skip


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
    parameters = parameters_of(caller.area, request.app.state.desk.today(), profiles.approved(session))
    dumb = silent(batches.feeds_that_count(session))
    tiers, days = SCREEN_TIERS.of(parameters), SCREEN_DAYS.of(parameters)

    def show(screen: Screen) -> ScreenOut:
        return ScreenOut(
            screen=screen.id,
            version=screen.version,
            title=screen.title,
            kind=screen.kind,
            kind_title=SCREEN_KINDS[screen.kind],
            population=screen.population,
            logic=screen.logic,
            citations=[CitationOut.model_validate(one) for one in screen.citations],
            tier=tiers.get(screen.id, screen.usual_tier),
            due_days=days.get(screen.id, screen.days),
            sources=list(screen.sources),
            silent_because=screen.silent(parameters) or dumb.get(screen.id),
            parameters_version=parameters.version,
        )

    return show


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
    inner = one.inner if isinstance(one, WhereSet) else one
    return SettingOut(
        setting=one.name,
        title=one.title,
        unit=one.unit,
        kind=KINDS[type(inner)],
        may_be_open=inner is not one,
        low=_bound(inner, "low"),
        high=_bound(inner, "high"),
        among=list(getattr(one, "among", ())),
        value=None if origin is None else origin.value,
        basis=None if profile is None else profile["basis"].get(one.name),
        origin=None
        if profile is None
        else SettingOriginOut.model_validate({"profile_id": None, "campaign": None, **profile}),
        screens=list(readers().get(one.name, ())),
    )


def _bound(one: Setting, name: str) -> float | date | None:
    """A bound of a number; where words are meant there is none."""
    return None if getattr(one, "among", ()) else getattr(one, name, None)
