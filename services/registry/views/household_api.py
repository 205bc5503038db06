"""Reading a household on a day, by the knowledge of a moment; every sight of one is an entry in the journal."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends

from china.masks import mask_name
from kit.problems import REFUSALS, NotFound, problems
from kit.reveals import Seen
from registry import times
from registry.audit.reveals import READ_PROBLEMS, Asked, tell
from registry.audit.store import note
from registry.coverage import store as coverage
from registry.coverage.tables import Coverage
from registry.desk import Desk, writes
from registry.households import store
from registry.households.schemas import HouseholdLinkOut, MemberOut
from registry.persons.sealed import follows
from registry.settings import today
from registry.times import AsOf, KnownAt
from registry.views.household_schemas import HouseholdMemberOut, HouseholdOut, HouseholdSupportOut

router = APIRouter(tags=["households"])
Reader = Annotated[Desk, Depends(writes("registry:read"))]


@router.get("/households/{household_id}", responses=problems(*REFUSALS, *READ_PROBLEMS, NotFound))
def get_household(
    desk: Reader, household_id: str, asked: Asked, as_of: AsOf = None, known_at: KnownAt = None
) -> HouseholdOut:
    """A household and who of the caller's area belonged to it, today by default, on a day, as the registry believed
    then; names masked unless a token whose purpose is to reveal gives a `reason`: everybody named is counted."""
    session, caller, revealed = desk.session, desk.caller, asked.of(desk.caller)
    then = times.Asked(as_of or today(desk.settings), known_at)
    found = store.find(session, caller, household_id, then)
    members = store.members(session, caller, household_id, then)
    known = store.shielded(session, caller, members)
    if caller.terms is not None and not known:
        raise NotFound  # nobody of it may be told to another agency: then not that it is there either
    if revealed:
        tell(desk, [Seen(one.person_id, found.area) for one in known])
    clear = revealed or follows(caller)
    told: dict[str, object] = {"revealed": clear, "members": [one.person_id for one in known]}
    told |= {"reason": asked.reason} if revealed else {}
    note(session, desk.ring, caller, "household.read", household_id, persons=len(members), **told)
    if not clear:
        known = [one.model_copy(update={"name": mask_name(one.name)}) for one in known]
    whole = len(known) == len(members)
    return HouseholdOut(
        household_id=household_id,
        kind=found.kind,
        number=found.number,
        area=_area(desk, found.area, whole=whole),
        monitored_as=found.monitored_as,
        **_supported(desk, household_id, known, then),
        links=_links(desk, household_id, then) if whole else [],
    )


def _supported(
    desk: Desk, household_id: str, known: Sequence[MemberOut], then: times.Asked
) -> dict[str, list[HouseholdMemberOut] | list[HouseholdSupportOut]]:
    """The members with whether they are covered, and what is stated of their support; of those told alone."""
    day = then.as_of or today(desk.settings)
    held = coverage.of_persons(desk.session, desk.caller, [one.person_id for one in known], then)
    paused = coverage.pauses(desk.session, (row.coverage_id for rows in held.values() for row in rows), then)
    covering: set[str] = set()
    stated: dict[tuple[str, str | None, int | None, int | None], list[tuple[Coverage, bool, bool]]] = {}
    for person_id, rows in held.items():
        for row in rows:
            status, covers = coverage.status(row, paused.get(row.coverage_id, ()), day)
            if covers:
                covering.add(person_id)
            if row.household_id == household_id:
                key = (row.programme, row.form, row.household_size, row.covered_count)
                stated.setdefault(key, []).append((row, covers, status == "suspended"))
    return {
        "members": [HouseholdMemberOut(**one.model_dump(), covered=one.person_id in covering) for one in known],
        "support": [
            HouseholdSupportOut(
                programme=programme,
                form=form,
                household_size=size,
                covered_count=count,
                since=min(row.start for row, _, _ in rows),
                covered=sum(covers for _, covers, _ in rows),
                suspended=sum(stopped for _, _, stopped in rows),
            )
            for (programme, form, size, count), rows in sorted(stated.items(), key=lambda one: str(one[0]))
        ],
    }


def _links(desk: Desk, household_id: str, then: times.Asked) -> list[HouseholdLinkOut]:
    return [
        HouseholdLinkOut(household_id=home.household_id, kind=home.kind, number=home.number, valid_from=row.valid_from)
        for home, row in store.links(desk.session, desk.caller, household_id, then)
    ]


def _area(desk: Desk, area: str, *, whole: bool) -> str:
    """To another agency the village only where everybody of it may be told."""
    return area if desk.caller.terms is None or whole else f"{area[:9]}000"
