"""What the screens read of a fact, by its kind: a map that states one must mean the same by it.

A kind not listed here is kept with the record and read by no screen; whoever puts such a map in force is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DATES = ("date", "birth_date", "period")
NUMBERS = ("money", "disability-grade", "code", "yes-no")  # of codes: those that are digits


@dataclass(frozen=True)
class FactKind:
    """Which kinds of column may give each part (no entry: any that fits the part), and which codes are read."""

    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    codes: tuple[str, ...] = ()


READ_BY_SCREENS: Mapping[str, FactKind] = {
    "disability-card": FactKind(
        {"text": ("disability-class",), "number": ("disability-grade",)}, ("valid", "frozen", "cancelled", "expired")
    ),
    "disability-component": FactKind({"number": ("code", "disability-grade")}, ("1", "2", "3", "4", "5", "6")),
    "illness": FactKind({"number": ("money",)}),
    "death": FactKind(),
    "monitored": FactKind(codes=("active", "removed")),
    "labour": FactKind(codes=("none", "weak", "able", "skilled")),
    "health-state": FactKind(),
    "claims-coverage": FactKind(codes=("yes", "no")),
    # About whom, by number: screening puts the subject in its place (flows/kin_facts).
    "kin": FactKind({"about": ("id_number",)}, ("father", "mother", "spouse")),
    "employment": FactKind(codes=("employed", "business", "post")),
    # The two a reading states by itself: what a row says against its own card, and against the registered number.
    "card-differs": FactKind(),
    "identity-differs": FactKind(),
    "settlement": FactKind({"number": ("money",)}, ("settled", "reversed", "resettled")),
    "diagnosis": FactKind(),
    "insurance-benefit": FactKind({"number": ("money",)}, ("catastrophic", "medical-aid")),
    "unemployed": FactKind(codes=("with-benefit", "without-benefit", "uninsured", "re-employed")),
    "sudden-event": FactKind({"number": ("money",)}, ("disaster", "accident", "epidemic", "fire", "other")),
    "household-registration": FactKind(codes=("here", "moved-out", "cancelled", "none")),
    "custody": FactKind(codes=("imprisoned", "released")),
    "marriage": FactKind(codes=("married", "divorced")),
    "card-reported": FactKind(),
    "disability-subsidy": FactKind({"number": ("money",)}, ("living", "care")),
    "property": FactKind(
        codes=(
            *("company", "vehicle", "vehicle-disabled", "public-payroll", "public-welfare-post"),
            "deposit-over-limit",
        )
    ),
    "left-behind": FactKind(codes=("child", "elderly", "woman", "de-facto-orphan", "orphan")),
    "child-allowance": FactKind({"number": ("money",)}, ("de-facto-orphan", "orphan")),
    "staff": FactKind(codes=("civil-affairs", "village-cadre", "payroll", "handler")),
}
