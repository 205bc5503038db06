"""Whom the matrix plants: one person in each area, known in every answer by a surname that stands nowhere else.

A masked name keeps its first character and a masked telephone its last four digits, so both are marks that masking
does not rub out; ids, numbers and household numbers are marks as well.
"""

from dataclasses import dataclass, field

from tests.registry.house import id_number

COUNTY, TOWN = "640499000000", "640499100000"
# Where things stand, seen from the caller's township.
AREAS = {
    "own": TOWN,
    "child": "640499100201",
    "sibling": "640499200201",
    "parent": COUNTY,
    "abroad": "640498100201",  # another county's village: nothing above the province is shared
}
INSIDE = ("own", "child")
OUTSIDE = ("sibling", "parent", "abroad")
UNKNOWN = "999999999999"
SURNAMES = {"own": "甄", "child": "滑", "sibling": "郗", "parent": "逄", "abroad": "亓"}
NOWHERE = "00000000-0000-7000-8000-000000000000"


@dataclass
class Planted:
    """What was planted in one area: values by name, to ask with and to look for."""

    place: str
    values: dict[str, str] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)

    @property
    def area(self) -> str:
        return AREAS[self.place]

    @property
    def name(self) -> str:
        return f"{SURNAMES[self.place]}满仓"

    @property
    def number(self) -> str:
        return id_number("19610304", 100 + 2 * list(AREAS).index(self.place))

    @property
    def phone(self) -> str:
        return f"1390000{4711 + 1111 * list(AREAS).index(self.place)}"

    def keep(self, mark: bool = True, **values: str) -> None:
        """Remember values under their names; as `mark` they give the area away wherever they are seen."""
        self.values |= values
        if mark:
            self.marks |= set(values.values())


def plant() -> dict[str, Planted]:
    """An empty bed per area, its own marks in it."""
    found = {place: Planted(place) for place in AREAS}
    for one in found.values():
        one.keep(name=one.name, number=one.number, phone=one.phone, surname=SURNAMES[one.place])
        one.keep(household=f"{SURNAMES[one.place]}户0001")
        one.keep(mark=False, area=one.area)
    return found


def nobody() -> Planted:
    """The absent: an id nobody has, an area that never was, a number never given."""
    gone = Planted("unknown")
    gone.values = {"area": UNKNOWN, "number": id_number("19770707", 701), "name": "无此人", "phone": "13911112222"}
    return gone
