"""A delivery's quality as one letter, by rules that are told with it: the worst of its criteria is the grade.

The letters are for an agency's leaders, who read one page; no consequence hangs on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GRADES = "ABCD"


@dataclass(frozen=True)
class Criterion:
    """A share that should be small: at most `limits` of A, of B, of C; more is D."""

    name: str
    title: str
    limits: tuple[float, float, float]


CRITERIA = (
    Criterion("rejected", "未接收的行", (0.001, 0.01, 0.05)),
    Criterion("duplicates", "重复的行", (0.005, 0.02, 0.05)),
    Criterion("numbers", "证件号码缺失或无效", (0.01, 0.05, 0.15)),
    Criterion("warned", "有提示的行", (0.05, 0.15, 0.30)),
)


def graded(figures: Mapping[str, Any]) -> dict[str, Any]:
    """grade (None of nothing) and criteria (name, title, share, grade, limits), of what `quality_of` counted."""
    numbers = figures["id_numbers"]
    shares = {
        "rejected": figures["rejected_share"],
        "duplicates": figures["duplicate_share"],
        "numbers": _unusable(numbers),
        "warned": figures["warned_share"],
    }
    criteria = [
        {
            "name": one.name,
            "title": one.title,
            "share": share,
            "grade": _letter(share, one.limits),
            "limits": dict(zip(GRADES, one.limits, strict=False)),
        }
        for one in CRITERIA
        if (share := shares[one.name]) is not None
    ]
    return {"grade": max((one["grade"] for one in criteria), default=None), "criteria": criteria}


def _unusable(numbers: Mapping[str, Any] | None) -> float | None:
    if numbers is None or numbers["valid_share"] is None:
        return None
    return round(float(numbers["invalid_share"] + numbers["missing_share"]), 4)


def _letter(share: float, limits: tuple[float, ...]) -> str:
    return next((letter for letter, most in zip(GRADES, limits, strict=False) if share <= most), GRADES[-1])
