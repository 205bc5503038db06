"""The truth the screens are compared with: what each of them should find, worked out slowly, person by person.

A check is a function of the world and a person, written from what the screen is said to find (docs/screens.md and the
documents named there). One file for each family of screens.
"""

from collections.abc import Callable, Collection

from tests.matcher.screens.checker import (
    care,
    conduct,
    entitled,
    leaving,
    paperwork,
    payments,
    subsidies,
    uncovered,
    wrongly_covered,
)
from tests.matcher.screens.checker.world import Found, World

CHECKS: dict[str, Callable[[World, str], Found | None]] = {
    **uncovered.CHECKS,
    **entitled.CHECKS,
    **subsidies.CHECKS,
    **care.CHECKS,
    **paperwork.CHECKS,
    **wrongly_covered.CHECKS,
    **payments.CHECKS,
    **leaving.CHECKS,
    **conduct.CHECKS,
}

# The table of docs/screens.md.
USUAL_TIERS = {
    "severe-card-lapsed": "电话核实",
    "single-person-dibao": "必访",
    "temporary-aid-due": "电话核实",
    "uncovered-lost-income": "必访",
    "uncovered-monitored": "电话核实",
    "uncovered-monitored-incapable": "必访",
    "uncovered-no-labour": "必访",
    "uncovered-serious-illness": "必访",
    "uncovered-severe-disability": "必访",
    "uncovered-sudden-event": "必访",
    "covered-but-dead": "必访",
    "covered-but-gone": "必访",
    "covered-duplicate": "必访",
    "covered-in-conflict": "必访",
    "account-changed-before-payout": "观察",
    "large-payment": "电话核实",
    "paid-after-end": "必访",
    "payee-differs": "必访",
    "reserve-fund-irregular": "必访",
    "shared-account": "必访",
    "campaign-exempt-due": "电话核实",
    "phase-out-due": "电话核实",
    "phase-out-overdue": "必访",
    "exit-without-assessment": "必访",
    "mass-exit": "观察",
    "left-behind-groups": "必访",
    "tekun-among-single-households": "必访",
    "care-agreement-expiring": "电话核实",
    "care-agreement-missing": "必访",
    "placement-waiting": "必访",
    "self-care-reassessment-due": "电话核实",
    "disability-subsidy-missing": "电话核实",
    "disability-subsidy-wrong": "电话核实",
    "custodian-risk": "电话核实",
    "repeat-petition": "必访",
    "unfiled-relative": "电话核实",
    "document-expiring": "观察",
    "turning-sixty": "观察",
    "feed-disagrees": "观察",
}


def holds(world: World, screens: Collection[str] | None = None) -> set[tuple[str, str, str]]:
    """Everybody, the screens that should list them, and the tier; of the screens named, or of all that are checked."""
    found = set()
    for screen in CHECKS if screens is None else screens:
        check, usual = CHECKS[screen], world.values["tiers"].get(screen, USUAL_TIERS[screen])
        for subject in world.people:
            if hit := check(world, subject):
                found.add((subject, screen, hit.tier or usual))
    return found
