"""Where a code lies that is no division any more: in the divisions that stand in its place.

People, cases and payments keep the code they were written with, which is what was true then. Who sees them today is
found on reading: a code lies where the nearest division above it that ended has its successors, and each of several
successors sees it, so that a split loses nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kit.scope import prefix

_WIDTHS = (12, 9, 6, 4, 2)
MAX_SUCCESSION = 50
MOST_KEPT = 1000  # areas whose cuts are remembered


@dataclass(frozen=True)
class Cut:
    """The codes that begin with `digits`, but for those that begin with one of `without`."""

    digits: str
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lineage:
    """`heirs`: each division that ended, by its code → the standing ones in its place, never none."""

    heirs: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, successors: Mapping[str, Iterable[str]]) -> "Lineage":
        """From each ended code's own successors, followed through any number of reorganisations: a village's new code
        too lies where the township above it went. What leads nowhere but in a circle is left out: it lies where its
        digits say."""
        direct = {code: tuple(dict.fromkeys(to)) for code, to in successors.items()}
        direct = {code: to for code, to in direct.items() if to}
        found: dict[str, frozenset[str]] = {}
        for code, first in direct.items():
            standing, seen, todo = set[str](), {code}, [*first]
            for _ in range(MAX_SUCCESSION):
                ended = [(one, _nearest(direct, one)) for one in todo]
                standing.update(one for one, gone in ended if gone is None)
                after = {gone for _, gone in ended if gone is not None} - seen
                seen |= after
                todo = [to for gone in sorted(after) for to in direct[gone]]
            if standing:
                found[code] = frozenset(standing)
        return cls(found)

    def placed(self, code: str) -> frozenset[str]:
        """The codes in whose place this one lies today: itself, while neither it nor a division above it ended."""
        gone = _nearest(self.heirs, code) if self.heirs else None
        return frozenset((code,)) if gone is None else self.heirs[gone]

    def one(self, code: str) -> str:
        """The one code in its place; itself where there are several, for then nobody can say which."""
        heirs = self.placed(code)
        return next(iter(heirs)) if len(heirs) == 1 else code

    @cached_property
    def _by_digits(self) -> list[tuple[str, frozenset[str]]]:
        return sorted((prefix(code), heirs) for code, heirs in self.heirs.items())

    def cuts(self, area: str) -> list[Cut]:
        """What lies in the subtree of `area`, as ranges of codes: its own digits without what went elsewhere, and what
        came to it. Whoever still calls for an area that ended keeps its codes until its account is moved."""
        found = self._cut.get(area)
        if found is None:
            if len(self._cut) > MOST_KEPT:
                self._cut.clear()
            found = self._cut[area] = self._cuts(area)
        return found

    @cached_property
    def _cut(self) -> dict[str, list[Cut]]:
        return {}

    def _cuts(self, area: str) -> list[Cut]:
        own = prefix(area)
        came: list[str] = []
        went: list[str] = []
        for digits, heirs in self._by_digits:
            (came if any(one.startswith(own) for one in heirs) else went).append(digits)
        lost = () if own in went else _below(went, own)
        found = [Cut(own, lost)]
        for digits in came:
            if not digits.startswith(own) or any(digits.startswith(one) for one in lost):
                found.append(Cut(digits, _below(went, digits)))
        return found

    def holds(self, area: str, code: str) -> bool:
        """Whether a code lies in the subtree of `area`."""
        return any(
            code.startswith(cut.digits) and not any(code.startswith(one) for one in cut.without)
            for cut in self.cuts(area)
        )


def _nearest(ended: Mapping[str, object], code: str) -> str | None:
    """The code itself, else the nearest above it, that ended."""
    above = (code[:width].ljust(12, "0") for width in _WIDTHS)
    return next((one for one in above if one in ended), None)


def _below(among: Iterable[str], digits: str) -> tuple[str, ...]:
    return tuple(one for one in among if one.startswith(digits) and one != digits)


NONE = Lineage()
