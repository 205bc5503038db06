"""Examples of every register, from `register_cases.yaml`."""

from datetime import date
from pathlib import Path
from typing import Any

from tests.registry.house import id_number
from tests.tables import table

PEOPLE = {
    "A": {"name": "马有福", "id_number": id_number("19400102", 11)},
    "B": {"name": "马小福", "id_number": id_number("19700305", 13)},
}
_FILE = Path(__file__).parent / "register_cases.yaml"


def _value(told: Any) -> Any:
    if isinstance(told, date):
        return told.isoformat()
    return dict(PEOPLE[told]) if isinstance(told, str) and told in PEOPLE else told


def _values(told: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in told.items()}


_CASES: dict[str, Any] = table(_FILE)
RIGHT: dict[str, dict[str, Any]] = {name: _values(one["right"]) for name, one in _CASES.items()}
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    (name, _values(change), field, code) for name, one in _CASES.items() for change, field, code in one["wrong"]
]
