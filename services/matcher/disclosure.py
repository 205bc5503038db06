"""What the registry says may be told to whom: agreements in force, and of whom it is known that they are protected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.agreements import Agreed


@dataclass(frozen=True)
class Disclosure:
    """As the registry told it; the matcher keeps it for seconds and decides nothing of it."""

    agreements: tuple[Agreed, ...]
    protected: frozenset[str]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Disclosure":
        """From the answer of `/disclosure`. Raises KeyError or TypeError where that is none."""
        assigned = told["assigned"]
        found = tuple(
            Agreed(
                version_id=str(one["version_id"]),
                agency=str(one["agency"]),
                kind=str(one["kind"]),
                purposes=frozenset(one["purposes"]),
                area=str(one["area"]),
                fields={resource: frozenset(names) for resource, names in one["fields"].items()},
                cases=frozenset(assigned.get(one["agency"], ())),
            )
            for one in told["agreements"]
        )
        return cls(found, frozenset(told["protected"]))
