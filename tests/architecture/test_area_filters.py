"""A filter by area means what stands in the area today: also who is registered under a code of before."""

import re
from pathlib import Path

REGISTRY = Path(__file__).resolve().parents[2] / "services" / "registry"
BY_DIGITS = re.compile(r"\bbelow\(|col\(\w+\.(?:area|division|code)\)\.(?:startswith|like)\(")
# Where digits are meant: divisions themselves, and what was kept of an area as its code was then.
ALLOWED = {
    "areas/resolve.py": 1,
    "areas/table_take.py": 1,
    "oversight/retention.py": 1,
    "samples/store.py": 1,
    "snapshots/freeze.py": 1,
}


def by_digits(text: str) -> int:
    return len(BY_DIGITS.findall(text))


def test_no_list_of_the_registry_is_narrowed_by_the_digits_written() -> None:
    found = {str(file.relative_to(REGISTRY)): by_digits(file.read_text()) for file in REGISTRY.rglob("*.py")}
    assert {name: count for name, count in found.items() if count} == ALLOWED


def test_a_filter_by_digits_is_seen() -> None:
    assert by_digits("query.where(col(Payment.area).startswith(area))") == 1
    assert by_digits("query.where(below(col(Case.area), area))") == 1
    assert by_digits("query.where(lies_in(caller, col(Case.area), area))") == 0
