"""What a simulation counted, as tables: by division and screen, and by screen alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from kit.scope import prefix
from matcher.statistics.figure import AREA, OWN, Measure

COUNTS = ("before", "after", "appear", "vanish")
_COUNTED = (
    *(Measure("before", "现有"), Measure("after", "调整后")),
    *(Measure("appear", "新增"), Measure("vanish", "移出")),
)
BY_SCREEN = (Measure("screen", "筛查项", "text"), *_COUNTED)
BY_DIVISION = (*AREA, *BY_SCREEN)
TOWNSHIP, VILLAGE = 9, 12  # leading digits


def by_division(rows: Sequence[Mapping[str, Any]], area: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row per township of `area` (per village of a township) and screen; "" stands for any screen. What nobody could
    place more closely stands under the code of the area it is known to lie in."""
    width = VILLAGE if len(prefix(area)) >= TOWNSHIP else TOWNSHIP
    told = _summed(rows, area, lambda code: code[:width].ljust(12, "0"))
    return [
        {"area": code, "area_name": names.get(code, code) + (OWN if code == area else ""), "screen": screen, **counts}
        for (code, screen), counts in sorted(told.items())
    ]


def by_screen(rows: Sequence[Mapping[str, Any]], area: str) -> list[dict[str, Any]]:
    """A row per screen; "" stands for any."""
    told = _summed(rows, area, lambda _: "")
    return [{"screen": screen, **counts} for (_, screen), counts in sorted(told.items())]


def _summed(rows: Sequence[Mapping[str, Any]], area: str, place: Any) -> dict[tuple[str, str], dict[str, int]]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if row["area"].startswith(prefix(area)):
            sums = found.setdefault((place(row["area"]), row["screen"]), dict.fromkeys(COUNTS, 0))
            for name in COUNTS:
                sums[name] += row[name]
    return found
