"""Protected people on the match list: what of a lead this caller is not told, masked or revealed.

The matcher knows who is known to be protected, and not of whom it was said that they are not: so to another agency it
never tells where anybody lives. That is told by the case, at the registry.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from kit.auth import Caller
from kit.crypto import KeyRing
from kit.learnt import Learnt
from matcher.disclosure import Disclosure
from matcher.leads import reading
from matcher.leads.tables import Lead

SEES_PROTECTED = "persons:protected"
STALE_SECONDS = 60.0  # as long as a person's session is believed in without the registry
_NOWHERE = {"phone": None, "address": None, "household": None}
_NOBODY = {**_NOWHERE, "name": None, "id_number": None}


@dataclass(frozen=True)
class Veil:
    """Over everybody of `protected`; `outside`: over where everybody lives."""

    protected: frozenset[str] = frozenset()
    outside: bool = False

    def told(self, ring: KeyRing, lead: Lead) -> dict[str, Any]:
        """Name, number, phone, address and household number, as far as they are told; for the caller to mask."""
        found = reading.snapshot(ring, lead)
        return {**found, **(_NOBODY if self.hides(ring, lead) else _NOWHERE if self.outside else {})}

    def candidates(self, ring: KeyRing, lead: Lead) -> list[dict[str, str | None]]:
        """The people a doubt lies between, those under the veil without a name."""
        return [
            {**one, "name": None} if one["person_id"] in self.protected else one
            for one in reading.candidates(ring, lead)
        ]

    def hides(self, ring: KeyRing, lead: Lead) -> bool:
        """Whether this lead means, or may mean, somebody under the veil."""
        if not self.protected:
            return False
        meant = {lead.subject_id, *(one["person_id"] for one in reading.candidates(ring, lead))}
        return bool(meant & self.protected)

    def where(self, lead: Lead) -> dict[str, str | None]:
        """Area, residence and the household's key: to another agency not the village, and no household."""
        if not self.outside:
            return {"area": lead.area, "residence": lead.residence, "household_key": lead.household_key}
        return {"area": f"{lead.area[:9]}000", "residence": None, "household_key": None}


def veil_of(app: FastAPI, caller: Caller) -> Veil:
    """The veil before this caller. Raises UpstreamDown where nobody can say who is protected."""
    outside = caller.terms is not None
    if not outside and SEES_PROTECTED in caller.scopes:
        return Veil()
    known: Learnt[Disclosure] = app.state.disclosure
    return Veil(known.now(STALE_SECONDS).protected, outside)
