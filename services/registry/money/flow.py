"""Where the money went: source → allocation → disbursement → payout → bank return, by month and programme (A8).

Pure sums in fen. What is left of each step is what the next has not taken: unmatched amounts are differences of the
very figures beside them, so the table adds up by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from registry.payments.schemas import SumOut
from registry.payments.unowed import Unowed
from registry.registers.declared.fund_flow import LEVELS, STEPS
from registry.registers.declaring import Values

Of = tuple[str, str]  # month, programme


@dataclass
class Flow:
    """One programme's month."""

    month: str
    programme: str
    steps: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    payments: int = 0
    payout: int = 0
    returned: int = 0
    open: int = 0
    dead: list[int] = field(default_factory=list)
    after_end: list[int] = field(default_factory=list)

    @property
    def unallocated(self) -> int:
        """Raised and not allocated."""
        return self.steps["source"] - self.steps["allocated"]

    @property
    def undisbursed(self) -> int:
        """Allocated (and not withdrawn again) and not disbursed."""
        return self.steps["allocated"] - self.steps["withdrawn"] - self.steps["disbursed"]

    @property
    def unpaid(self) -> int:
        """Disbursed and with nobody: not paid out, or come back from the bank. Below nought: paid without money."""
        return self.steps["disbursed"] - (self.payout - self.returned)


@dataclass
class Level:
    """What one level of government gave to a programme's month."""

    month: str
    programme: str
    level: str
    steps: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))


def levels(entries: Iterable[Values]) -> list[Level]:
    """Entries of the register added up by month, programme and level."""
    found: dict[tuple[str, str, str], Level] = {}
    for values in entries:
        of = (values["period"], values["programme"], values["level"])
        found.setdefault(of, Level(*of)).steps[values["step"]] += values["amount"]
    order = list(LEVELS)
    return [found[of] for of in sorted(found, key=lambda of: (of[0], of[1], order.index(of[2])))]


def flows(given: Iterable[Level], paid: Iterable[SumOut], doubtful: Iterable[Unowed]) -> list[Flow]:
    """Each programme's month with everything that is known of it."""
    found: dict[Of, Flow] = {}

    def of(month: str, programme: str) -> Flow:
        return found.setdefault((month, programme), Flow(month, programme))

    for level in given:
        row = of(level.month, level.programme)
        for step, fen in level.steps.items():
            row.steps[step] += fen
    for one in paid:
        row = of(one.month, one.programme)
        row.payments += one.payments
        row.payout += one.amount_fen
        row.returned += one.returned_fen
        row.open += one.open_fen
    for doubt in doubtful:
        row = of(doubt.payment.month, doubt.payment.programme)
        if doubt.dead:
            row.dead.append(doubt.payment.amount_fen)
        if doubt.unowed and doubt.ended is not None:
            row.after_end.append(doubt.payment.amount_fen)
    return [found[key] for key in sorted(found)]
