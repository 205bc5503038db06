"""What is left to CI, and what is begun first, exists: a name that was changed would leave nothing out."""

from pathlib import Path

import pytest

from tests import thorough

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted({*thorough.LEFT_TO_CI, *thorough.LONGEST}))
def test_what_is_named_is_there(name: str) -> None:
    file, _, test = name.partition("::")
    place = thorough.HERE / file
    assert place.exists()
    assert not test or f"def {test}(" in place.read_text(encoding="utf-8")


def test_ci_leaves_nothing_out() -> None:
    assert "./run test -q --thorough" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
