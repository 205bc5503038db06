"""The page of roles says what the roles are."""

from pathlib import Path

from doudi.roles_page import page
from registry.access.roles import ROLES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "roles.md"


def test_the_committed_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run ./run roles and review the diff"


def test_every_role_stands_on_the_page_with_all_it_may_do() -> None:
    for name, role in ROLES.items():
        (line,) = [line for line in page().splitlines() if line.startswith(f"| `{name}` |")]
        assert line.count("|") == 8, f"{name}: a bar in a text breaks the table"
        assert all(f"`{scope}`" in line for scope in role.scopes)
        assert role.zh in line
