"""What is to come back: payments nobody was owed, added up by whose they were, beside what the register says of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from registry.payments.unowed import Unit, Unowed
from registry.registers.declared.recovery import outstanding
from registry.registers.declaring import Values, date_of
from registry.registers.store import Content
from registry.registers.tables import RegisterEntry

Opened = tuple[RegisterEntry, Content]
MISSING, DIFFERS, LATE = "not-registered", "amount-differs", "overdue"


@dataclass
class Claim:
    """One household's or person's programme: what the payments say was overpaid, and the entries about it."""

    unit: Unit
    programme: str
    area: str
    household_id: str | None = None
    person_id: str | None = None
    paid: list[Unowed] = field(default_factory=list)
    entries: list[Opened] = field(default_factory=list)

    @property
    def key(self) -> list[str]:
        """By what claims are in order."""
        return [self.area, *self.unit, self.programme]

    @property
    def months(self) -> list[str]:
        """The months overpaid."""
        return sorted({one.payment.month for one in self.paid})

    @property
    def overpaid(self) -> int:
        """What the payments come to, in fen."""
        return sum(one.payment.amount_fen for one in self.paid)

    @property
    def ground(self) -> str:
        """Why it was not owed."""
        return "died" if self.paid and all(one.dead for one in self.paid) else "ended"

    def _sum(self, name: str) -> int:
        return sum(content.values.get(name, 0) for _, content in self.entries)

    @property
    def registered(self) -> int:
        """What the entries say was overpaid."""
        return self._sum("overpaid")

    @property
    def recovered(self) -> int:
        """What they say came back."""
        return self._sum("recovered")

    @property
    def outstanding(self) -> int:
        """What they say is still owed; without an entry all of it."""
        if not self.entries:
            return self.overpaid
        return sum(outstanding(content.values) or 0 for _, content in self.entries)

    @property
    def pay_by(self) -> date | None:
        """The first day by which something still owed is due."""
        days = [date_of(values, "pay_by") for values in self._owing()]
        return min((day for day in days if day is not None), default=None)

    def _owing(self) -> list[Values]:
        return [content.values for _, content in self.entries if (outstanding(content.values) or 0) > 0]

    def doubts(self, day: date) -> list[str]:
        """What is to be looked at."""
        found = [] if self.entries else [MISSING]
        if self.entries and self.paid and self.registered != self.overpaid:
            found.append(DIFFERS)
        if self.pay_by is not None and self.pay_by < day:
            found.append(LATE)
        return found


def claims(paid: Iterable[Unowed], entries: Sequence[Opened]) -> list[Claim]:
    """Payments by whose they were and the programme; each entry goes to the claim of its household or person, or stands
    alone: what was found by other means is owed just the same."""
    found: dict[tuple[Unit, str], Claim] = {}
    for one in paid:
        if one.unowed:
            row = one.payment
            of = (one.unit, row.programme)
            claim = found.setdefault(of, Claim(one.unit, row.programme, row.area, row.household_id, row.person_id))
            claim.paid.append(one)
            claim.person_id = claim.person_id or row.person_id
    for opened in entries:
        _entered(found, opened)
    return sorted(found.values(), key=lambda one: one.key)


def _entered(found: dict[tuple[Unit, str], Claim], opened: Opened) -> None:
    row, content = opened
    programme = content.values["programme"]
    units: list[Unit] = [
        ("household", row.household_id or ""),
        ("person", row.person_id or ""),
        ("entry", row.entry_id),
    ]
    units = [one for one in units if one[1]]
    of = next(((unit, programme) for unit in units if (unit, programme) in found), (units[0], programme))
    claim = found.setdefault(of, Claim(of[0], programme, row.area, row.household_id, row.person_id))
    claim.entries.append(opened)
