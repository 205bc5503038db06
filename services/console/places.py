"""What divisions are called, kept for a while: every page names villages."""

import time
from dataclasses import dataclass, field

from console.door import Desk
from console.services import REGISTRY
from kit.scope import prefix

KEPT_SECONDS = 600.0
PAGE = 1000


@dataclass
class Places:
    """Names by 12-digit code, of each area somebody has asked for."""

    _known: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)

    async def of(self, desk: Desk) -> dict[str, str]:
        """Code → name, of the divisions of whoever is signed in and those above."""
        area = desk.signed.area
        until, names = self._known.get(area, (0.0, {}))
        if time.monotonic() < until:
            return names
        names, cursor = {}, None
        while True:
            page = await desk.get(f"{REGISTRY}/areas", limit=PAGE, cursor=cursor)
            names.update((one["code"], one["name"]) for one in page["areas"])
            cursor = page["cursor"]
            if cursor is None:
                break
        self._known[area] = (time.monotonic() + KEPT_SECONDS, names)
        return names


def way_of(names: dict[str, str], area: str) -> list[str]:
    """The divisions one goes through to a place, from the county down, as far as they are known."""
    codes = dict.fromkeys((area[:6].ljust(12, "0"), area[:9].ljust(12, "0"), area))
    return [names[code] for code in codes if code in names]


def place_text(names: dict[str, str], code: str | None) -> str:
    """`青石嘴镇 石窑村`: township and village, as far as they are known."""
    if not code:
        return ""
    township, village = names.get(code[:9] + "000"), names.get(code)
    parts = [township, village] if code[9:] != "000" else [township or village]
    return " ".join(dict.fromkeys(part for part in parts if part)) or code


def below(names: dict[str, str], area: str) -> dict[str, str]:
    """The divisions of an area, by code, as they are chosen from."""
    part = prefix(area)
    return {code: place_text(names, code) for code in sorted(names) if code.startswith(part) and code != area}
