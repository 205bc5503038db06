"""The page of roles: written from the roles themselves, so that it cannot tell anything else.

`./run roles` writes docs/roles.md; a test compares.
"""

from pathlib import Path

from registry.access.roles import GIVES_RIGHTS, PERSONAL, READS_JOURNAL, ROLES, Role

HEAD = """# 角色 · Roles

由 `./run roles` 从 `services/registry/access/roles.py` 生成，请勿手改。人员账号按角色取得权限，客户端按单项权限。
Written by `./run roles` from `services/registry/access/roles.py`; do not edit. People get their scopes by role,
programs one by one.

系统管理员、安全管理员、审计管理员须为三人：这三个角色各自单独成账号，一个工号只有一个账号。
The three administrators are three people: each of their roles stands alone in an account,
and a staff number has one account.

双因素（默认）：见到个人信息或承担管理的角色；由 `DOUDI_REGISTRY_SECOND_FACTOR_ROLES` 改。
Second factor by default: roles that see people or administer; `DOUDI_REGISTRY_SECOND_FACTOR_ROLES` says otherwise.

| role | 名称 | for | 见个人 · sees people | 双因素 · second factor | purposes | scopes |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page as Markdown."""
    rows = "\n".join(_row(name, role) for name, role in ROLES.items())
    groups = [
        ("授权类 · gives rights (安全管理员 only)", GIVES_RIGHTS),
        ("日志类 · reads the journal (审计管理员 only)", READS_JOURNAL),
        ("涉及个人 · sees people", PERSONAL),
    ]
    told = "\n".join(f"- {title}: {_listed(sorted(scopes))}" for title, scopes in groups)
    return f"{HEAD}{rows}\n\n## 权限分组 · Groups of scopes\n{told}\n"


def write_page(path: Path) -> None:
    """Write the page to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page())


def _row(name: str, role: Role) -> str:
    sees, double = _mark(bool(role.scopes & PERSONAL)), _mark(role.sensitive)
    scopes = _listed(sorted(role.scopes))
    return f"| `{name}` | {role.zh} | {role.en} | {sees} | {double} | {', '.join(role.purposes)} | {scopes} |"


def _mark(yes: bool) -> str:
    return "✓" if yes else "–"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
