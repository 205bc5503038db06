"""The catalogue of screens with what each rests on, and of the settings they read."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.problems import NotFound, problems
from kit.scope import covers
from kit.shapes import UnderArea
from kit.web import Reading
from matcher.api.door import REFUSALS
from matcher.api.schemas_profiles import SettingOriginOut, SettingOut, SettingsOut
from matcher.api.schemas_screens import CitationOut, ScreenOut, ScreenParameterOut, ScreensOut
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
from matcher.screens.readers import OF_ALL, readers
from matcher.screens.screen import KINDS as SCREEN_KINDS
from matcher.screens.screen import Screen

router = APIRouter(tags=["screens"])
Reader = Annotated[Caller, Depends(requires("screens:read"))]


KINDS = {
    Amount: "amount", Whole: "whole", Words: "words", Flag: "flag", Grades: "grades", Diseases: "diseases",
    PerScreen: "per-screen", Colours: "colours", Day: "day", Orders: "orders",
}  # fmt: skip


class Where:
    """The area and the day a screen is looked at in; the caller's own and today where none is named."""

    def __init__(
        self,
        request: Request,
        caller: Reader,
        area: UnderArea = None,
        on: Annotated[date | None, Query(description="The day, today where none is named")] = None,
    ) -> None:
        self.area, self.on = area or caller.area, on or request.app.state.desk.today()
        if not covers(caller.area, self.area):
            raise NotFound


@router.get("/screens", dependencies=[Depends(requires("screens:read"))], responses=problems(*REFUSALS, NotFound))
def list_screens(session: Reading, where: Annotated[Where, Depends()]) -> ScreensOut:
    """All screens as they stand in the caller's area (or one in it) on a day, each with what it is decided by.

    404: an area outside the caller's, or a day before the first values.
    """
    show = _shown(session, where)
    return ScreensOut(area=where.area, on=where.on, screens=[show(screen) for screen in CATALOGUE])


@router.get(
    "/screens/{screen}", dependencies=[Depends(requires("screens:read"))], responses=problems(*REFUSALS, NotFound)
)
def get_screen(session: Reading, where: Annotated[Where, Depends()], screen: str) -> ScreenOut:
    """One screen, as the list of them shows it."""
    found = BY_ID.get(screen)
    if found is None:
        raise NotFound
    return _shown(session, where)(found)


def _shown(session: Session, where: Where) -> Callable[[Screen], ScreenOut]:
    approved = list(profiles.approved(session))
    try:
        parameters = parameters_of(where.area, where.on, approved)
    except Unsettled:
        raise NotFound from None
    told = origins(where.area, where.on, approved)
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
            parameters=[_parameter(one, told.get(one.name)) for one in _read_by(screen)],
        )

    return show


def _read_by(screen: Screen) -> list[Setting]:
    """The settings a screen is decided by; those that every screen reads stand in what it says itself."""
    return [one for one in SETTINGS if one.name not in OF_ALL and screen.id in readers().get(one.name, ())]


def _parameter(one: Setting, origin: Origin | None) -> ScreenParameterOut:
    whole = _setting(one, origin)
    return ScreenParameterOut(**{name: getattr(whole, name) for name in ScreenParameterOut.model_fields})


@router.get("/screen-settings", responses=problems(*REFUSALS, NotFound))
def list_screen_settings(
    request: Request, session: Reading, caller: Reader, area: UnderArea = None, on: date | None = None
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
