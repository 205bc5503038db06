"""What people may do, by role: the one place where scopes are given to people. docs/roles.md is written from here.

系统管理员, 安全管理员 and 审计管理员 are three people (等保 8.1.5): each of their roles stands alone in an account.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kit.settings import SettingsWrong

# Whoever holds one of these sees, or may be told about, individual people.
PERSONAL = frozenset(
    {
        "registry:read", "registry:write", "registry:follow", "coverage:check", "imports:write", "cases:read",
        "cases:lead", "cases:write", "cases:approve", "feeds:push", "batches:read", "leads:read", "leads:reveal",
        "links:read", "match:query", "reviews:decide", "reviews:oversee", "persons:protected", "publication:read",
        "audit:report", "registers:read", "registers:write", "registers:handed-over", "payments:read", "payments:write",
        "screens:draft", "screens:approve",
    }
)  # fmt: skip
# Who gives rights does nothing else; who reads the journal, answers from it and keeps evidence does nothing else.
GIVES_RIGHTS = frozenset({"accounts:write", "clients:write", "registry:admin", "keys:rotate", "agreements:write"})
READS_JOURNAL = frozenset({"audit:read", "audit:report", "holds:write"})
SENSITIVE, EVERYBODY = "sensitive", "all"


@dataclass(frozen=True)
class Role:
    """A role: its official name, its scopes, the purposes its holder may name (the first is the default)."""

    zh: str
    en: str
    scopes: frozenset[str]
    purposes: tuple[str, ...]
    administers: bool = False

    @property
    def sensitive(self) -> bool:
        """Whether its holder sees individual people, or administers."""
        return self.administers or bool(self.scopes & PERSONAL)


def _role(zh: str, en: str, scopes: str, purposes: str, *, administers: bool = False) -> Role:
    return Role(zh, en, frozenset(scopes.split()), tuple(purposes.split()), administers)


WORK = "dynamic-monitoring reveal"
ROLES: dict[str, Role] = {
    "system-administrator": _role(
        "系统管理员", "System administrator", "areas:write feeds:read feeds:write screens:read models:read",
        "operation", administers=True,
    ),
    "security-administrator": _role(
        "安全管理员", "Security administrator",
        "accounts:write clients:write registry:admin keys:rotate agreements:write", "operation",
        administers=True,
    ),
    "auditor": _role(
        "审计管理员", "Auditor", "audit:read audit:report holds:write", "audit", administers=True
    ),
    "township-worker": _role(
        "乡镇经办", "Township worker",
        "leads:read leads:reveal cases:read cases:write screens:read statistics:read "
        "registers:read registers:write",
        WORK,
    ),
    "township-leader": _role(
        "乡镇审核", "Township leader: confirms what workers report",
        "leads:read cases:read cases:approve screens:read statistics:read registers:read", WORK,
    ),
    "county-officer": _role(
        "县级经办", "County officer: the registry and its imports",
        "registry:read registry:write coverage:check imports:write cases:read cases:write leads:read leads:reveal "
        "links:read match:query feeds:read batches:read screens:read screens:draft models:read statistics:read "
        "publication:read registers:read registers:write standards:write payments:read payments:write leads:pace",
        WORK,
    ),
    "protection-officer": _role(
        "受保护人员专管", "Answers for protected people: sees them, and lifts a protection",
        "registry:read cases:read cases:write leads:read leads:reveal persons:protected", WORK,
    ),
    "discipline-liaison": _role(
        "纪检联络", "Hands cases over to the discipline inspection, and sees what was handed over",
        "cases:read registers:read registers:write registers:handed-over", WORK,
    ),
    "county-approver": _role(
        "县级审核", "County approver",
        "registry:read cases:read cases:approve leads:read screens:read screens:approve statistics:read registers:read "
        "payments:read",
        WORK,
    ),
    "reviewer": _role(
        "比对复核", "Reviewer of doubtful links", "links:read reviews:decide leads:reveal screens:read", WORK
    ),
    "review-overseer": _role(
        "复核负责人", "Oversees reviews and models",
        "links:read reviews:oversee feeds:read batches:read batches:decide models:read models:change screens:read "
        "statistics:read",
        WORK,
    ),
    "agency-sender": _role(
        "部门报送", "Sends an agency's data", "feeds:read feeds:push batches:read", "dynamic-monitoring"
    ),
    "dashboard-reader": _role("看板", "Reads figures only", "statistics:read", "dynamic-monitoring"),
}  # fmt: skip


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """All scopes of these roles; a role no longer known gives none."""
    return frozenset().union(*(ROLES[role].scopes for role in roles if role in ROLES))


def purposes_of(roles: Iterable[str]) -> list[str]:
    """All purposes these roles may name, the default first."""
    return list(dict.fromkeys(purpose for role in roles if role in ROLES for purpose in ROLES[role].purposes))


def clash(roles: Iterable[str]) -> list[str]:
    """Administrators' roles among these that would not stand alone: nobody may hold them together."""
    held = sorted(set(roles))
    return [role for role in held if ROLES[role].administers] if len(held) > 1 else []


def mixed(scopes: Iterable[str]) -> bool:
    """Whether a client would both give rights or read the journal and do something else."""
    held = set(scopes)
    return any(held & power and held - power for power in (GIVES_RIGHTS, READS_JOURNAL))


def needs_second_factor(roles: Iterable[str], told: str) -> bool:
    """Whether an account of these roles signs in by two factors, as the settings say."""
    return bool(set(roles) & second_factor_roles(told))


def second_factor_roles(told: str) -> frozenset[str]:
    """The roles the setting names: `sensitive`, `all`, or roles separated by commas. Raises SettingsWrong."""
    words = {word.strip() for word in told.split(",") if word.strip()}
    unknown = sorted(words - {SENSITIVE, EVERYBODY, *ROLES})
    if unknown:
        raise SettingsWrong(f"second_factor_roles: there are no such roles: {', '.join(unknown)}")
    named = {name for name, role in ROLES.items() if EVERYBODY in words or (SENSITIVE in words and role.sensitive)}
    return frozenset(named | (words & set(ROLES)))
