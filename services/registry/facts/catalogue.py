"""Every kind of fact: how it is found, and what its stamp follows."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from registry.facts import aid, care, complaints, conduct, incomes, moves, payouts, peaks, support, tekun, unowed
from registry.facts.ground import Ground

# Marks a stamp is made of besides the feed of people and areas (facts/stamps.py).
DAY, PAYMENTS, MERGES, WORDS = "day", "payments", "merges", "petition-words"


@dataclass(frozen=True)
class Kind:
    """`moves`: registers by their id, and marks. `calm`: what payments say is not reckoned anew with every change of
    somebody on record, but once a day, with every list and every merge: the sums are the county's whole ledger."""

    id: str
    find: Callable[[Ground], pl.DataFrame]
    moves: tuple[str, ...] = ()
    calm: bool = False


def _money(name: str, find: Callable[[Ground], pl.DataFrame], *registers: str) -> Kind:
    return Kind(name, find, (PAYMENTS, MERGES, DAY, *registers), calm=True)


_ALL = (
    _money("payout", payouts.payout, "custodian"),
    _money("payout-peak", peaks.payout_peak),
    _money("account-peak", peaks.account_peak),
    _money("account-change", moves.account_change),
    _money("unowed-payment", unowed.unowed_payment),
    Kind("custodian", conduct.custodian, ("custodian",)),
    Kind("staff-relative", conduct.staff_relative, ("staff-relative",)),
    Kind("proxy-pickup", conduct.proxy_pickup, ("proxy-pickup",)),
    Kind("care-agreement", care.care_agreement, ("care-agreement",)),
    Kind("placement-wish", care.placement_wish, ("placement-wish",)),
    Kind("self-care", care.self_care, ("self-care-assessment",)),
    Kind("self-care-change", care.self_care_change, ("self-care-assessment",)),
    Kind("obligor", tekun.obligor, ("obligor",)),
    Kind("voluntary-dibao", tekun.voluntary_dibao, ("voluntary-dibao",)),
    Kind("petition", complaints.petition, ("petition", WORDS)),
    Kind("temporary-aid", aid.temporary_aid, ("temporary-aid",)),
    Kind("application", aid.application, ("application",)),
    Kind("reserve-payment", aid.reserve_payment, ("reserve-fund", "temporary-aid")),
    Kind("phase-out", support.phase_out, (DAY,)),
    Kind("income", incomes.income, ("income-sheet",)),
    Kind("income-ratio", incomes.income_ratio, ("income-sheet",)),
    Kind("exit", support.exits, (DAY, "exit-assessment")),
    Kind("mass-exit", support.mass_exit, (DAY,)),
    Kind("double-coverage", support.double_coverage),
)
KINDS: dict[str, Kind] = {one.id: one for one in _ALL}
