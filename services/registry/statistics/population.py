"""How many people are registered in the divisions below, by the register `population`: the newest word by the day."""

from dataclasses import dataclass

from kit.scope import NATION, prefix
from registry.registers import store
from registry.registers.telling import contents
from registry.statistics.ground import Span
from registry.times import Asked

POPULATION = "population"


@dataclass(frozen=True)
class Population:
    """`by_unit`: the division below (its leading digits) → people; `whole`: of the area, by its own entry, else the
    sum where every division named has one; None where nobody said."""

    by_unit: dict[str, int]
    own: int | None

    def whole(self, units: list[str]) -> int | None:
        """Of the area parted into these."""
        if self.own is not None:
            return self.own
        told = [self.by_unit.get(unit) for unit in units]
        return sum(one for one in told if one is not None) if told and None not in told else None


def population(ground: Span) -> Population:
    """Of the area asked about, as known at the moment. One about a division that ended counts where it stands now."""
    part = None if ground.area == NATION else prefix(ground.area)
    rows = store.live(ground.clerk, POPULATION, part, Asked(None, ground.known_at))
    newest: dict[str, tuple[str, int]] = {}
    for row, content in contents(ground.clerk, rows):
        said = content.values["counted_on"], int(content.values["persons"])
        if said[0] <= ground.day.isoformat():
            newest[row.area] = max(said, newest.get(row.area, said))
    units = {ground.unit(area): people for area, (_, people) in newest.items() if _is_below(ground, area)}
    own = newest.get(ground.area)
    return Population(units, None if own is None else own[1])


def _is_below(ground: Span, area: str) -> bool:
    """Whether the word is about a division directly below, and not about one within it."""
    return area != ground.area and area[ground.width :].strip("0") == ""
