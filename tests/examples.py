"""How many examples a property is tried with: few whenever the suite runs, in the soak as many as it is worth.

Which of the two is at hand is the Hypothesis profile that tests/conftest.py loads before any test is read.
"""

from typing import Any

from hypothesis import HealthCheck, settings

SUITE, SOAK = "suite", "soak"
FEW, MANY = 25, 100  # where a test says nothing of its own


def register() -> None:
    """The two profiles. A busy machine is no failure: neither knows a deadline. Nor is a bad draw one of whatever was
    changed: the suite's examples are drawn alike each time, the soak's are new ones."""
    common: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    settings.register_profile(SUITE, max_examples=FEW, derandomize=True, **common)
    settings.register_profile(SOAK, max_examples=MANY, **common)
    settings.load_profile(SUITE)


def examples(many: int, few: int = FEW, **more: Any) -> settings:
    """The settings of a property: `few` examples in the suite, `many` in the soak."""
    return settings(max_examples=many if settings.get_current_profile_name() == SOAK else min(few, many), **more)
