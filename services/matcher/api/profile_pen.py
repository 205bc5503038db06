"""The desk at which profiles are written: what every step of one has in common."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlmodel import Session

from kit.auth import Caller, requires
from kit.problems import VersionMismatch, VersionMissing
from kit.web import Writing
from matcher.api.schemas_profiles import ProfileIn, ProfileOut
from matcher.audit.store import note
from matcher.flows.check_profile import Bench, faults
from matcher.flows.desk import Desk
from matcher.people import store as people
from matcher.places import store as places
from matcher.profiles import store
from matcher.profiles.problems import ProfileInvalid
from matcher.profiles.store import APPROVED, Wording
from matcher.profiles.tables import ScreenProfile
from matcher.screens.in_force import standing
from matcher.screens.parameters import Profile

IfMatch = Annotated[str | None, Header(description="The version seen: the ETag of GET /screen-profiles/{profile_id}")]


@dataclass(frozen=True)
class Pen:
    """Who writes, in which transaction, and the answer."""

    desk: Desk
    response: Response
    session: Session
    caller: Caller

    @property
    def today(self) -> date:
        """The day the county is looked at."""
        return self.desk.today()

    def move(self) -> None:
        """What is in force is about to move: everybody is screened anew, and others who move it wait."""
        people.screen_anew(self.session)

    def seen(self, profile_id: str, if_match: str | None) -> ScreenProfile:
        """The profile, locked, as the caller saw it. Raises NotFound, VersionMissing, VersionMismatch."""
        row = store.find(self.session, self.caller, profile_id, to_write=True)
        if if_match is None:
            raise VersionMissing
        if if_match != etag(row):
            raise VersionMismatch
        return row

    def check(self, said: Wording) -> None:
        """Raises ProfileInvalid with everything that is wrong."""
        known = places.frame(self.session)
        gone = (known["valid_to"] <= self.today).fill_null(value=False)
        back = self.desk.settings.profile_backdate_days
        bench = Bench(
            self.caller, self.today, back, store.approved(self.session), frozenset(known.filter(~gone)["code"])
        )
        if found := faults(bench, said):
            raise ProfileInvalid(errors=found)

    def written(self, row: ScreenProfile, action: str) -> ProfileOut:
        """The answer to a step that was taken, which is in the journal."""
        note(self.session, self.desk.ring, self.caller, action, row.id, area=row.area, version=row.version)
        self.response.headers["ETag"] = etag(row)
        return shown(row, self.today, store.approved(self.session))


def pen(*scopes: str) -> Callable[..., Pen]:
    """A dependency: the pen of a caller who holds these scopes."""

    def held(
        request: Request, response: Response, session: Writing, caller: Annotated[Caller, Depends(requires(*scopes))]
    ) -> Pen:
        return Pen(request.app.state.desk, response, session, caller)

    return held


def wording_of(body: ProfileIn) -> Wording:
    """What was sent."""
    return Wording(**{name: getattr(body, name) for name in type(body).model_fields})


def shown(row: ScreenProfile, today: date, approved: Iterable[Profile]) -> ProfileOut:
    """A profile as it stands on a day among those approved."""
    state, holds = row.state, False
    if state == APPROVED and row.valid_to is not None and row.valid_to < today:
        state = "ended"
    elif state == APPROVED:
        holds = row.id in {one["profile_id"] for one in standing(row.area, today, approved)}
    names = (
        *("area", "valid_from", "valid_to", "campaign", "exempt", "purpose", "basis", "version", "former_id"),
        *("simulation_id", "drafted_by", "approved_by", "approved_at", "created_at", "changed_at"),
    )
    told = {name: getattr(row, name) for name in names}
    return ProfileOut.model_validate(
        {**told, "profile_id": row.id, "values": row.settings, "state": state, "in_force": holds}
    )


def etag(row: ScreenProfile) -> str:
    """The tag of its version."""
    return f'"{row.version}"'
