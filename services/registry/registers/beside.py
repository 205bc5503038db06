"""What is to be doubted of entries beside each other, beside another register, or by the standards of their area."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import accumulate

from registry.registers import store
from registry.registers.declaring import Alike, Below, ByStandard, Reason, Register, Unlinked, Values
from registry.registers.placing import Clerk
from registry.registers.store import Content, content_of
from registry.registers.tables import RegisterEntry

Opened = tuple[RegisterEntry, Content]


def doubted(clerk: Clerk, register: Register) -> Iterator[tuple[Opened, Reason]]:
    """Every live entry the caller may see of which something is to be doubted, with the reason."""
    if not register.beside:
        return
    opened = [(row, content_of(clerk.ring, row)) for row in store.live(clerk, register.id)]
    for one in register.beside:
        if isinstance(one, ByStandard):
            found = [it for it in opened if one.holds(it[1].values, clerk.limit(it[0].area))]
        elif isinstance(one, Alike):
            found = _alike(opened, one.key)
        elif isinstance(one, Below):
            found = _below(opened, one)
        else:
            found = _unlinked(clerk, opened, one)
        yield from ((it, one.reason) for it in found)


def _grouped(opened: Sequence[Opened], key: Callable[[Opened], Hashable | None]) -> list[list[Opened]]:
    groups: dict[Hashable, list[Opened]] = {}
    for one in opened:
        if (found := key(one)) is not None:
            groups.setdefault(found, []).append(one)
    return list(groups.values())


def _alike(opened: Sequence[Opened], key: Callable[[Values], Hashable | None]) -> list[Opened]:
    groups = _grouped(opened, lambda one: key(one[1].values))
    return [one for group in groups if len(group) > 1 for one in group]


def _below(opened: Sequence[Opened], below: Below) -> list[Opened]:
    """By the order of the group; of one day what comes in counts first: it was there to be spent."""
    found: list[Opened] = []
    for group in _grouped(opened, lambda one: below.group(one[1].values)):
        group.sort(key=lambda one: (below.order(one[1].values), -below.signed(one[1].values)))
        sums = accumulate(below.signed(one[1].values) for one in group)
        found += [one for one, total in zip(group, sums, strict=True) if total < 0 and below.signed(one[1].values) < 0]
    return found


def _unlinked(clerk: Clerk, opened: Sequence[Opened], link: Unlinked) -> list[Opened]:
    named = [one for one in opened if one[1].values.get(link.name) is not None]
    if not named:
        return []
    others = store.live(clerk, link.register)
    if link.other is None:
        known: set[object] = {row.entry_id for row in others}
    else:
        known = {content_of(clerk.ring, row).values.get(link.other) for row in others}
    return [one for one in named if one[1].values[link.name] not in known]
