"""What a password must be: 等保 level 3 (GB/T 22239-2019, 8.1.4.1) asks for length, kinds of characters and change."""

import unicodedata
from collections.abc import Sequence

from kit.problems import FieldIssue
from registry.access import hashes
from registry.access.account_tables import Account
from registry.settings import RegistrySettings

POINTER = "/password"
LONGEST = 200  # a bound on the work of one hash


def classes(password: str) -> int:
    """How many of four kinds of characters it holds: small and capital letters, digits, anything else."""
    kinds = {_kind(character) for character in password}
    return len(kinds)


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    return {"Ll": "small", "Lu": "capital", "Nd": "digit"}.get(category, "other")


def issues(password: str, account: Account, before: Sequence[str], settings: RegistrySettings) -> list[FieldIssue]:
    """Everything wrong with a new password; `before` are the hashes of those used last."""
    low, found = password.lower(), []
    if len(password) < settings.password_length:
        found.append(_issue("too-short", f"至少 {settings.password_length} 个字符", "more characters"))
    if classes(password) < settings.password_classes:
        found.append(_issue("few-classes", "大写、小写、数字、其他字符的种类不够", "more kinds of characters"))
    if account.login in low:
        found.append(_issue("contains-login", "不得含登录名", "without the login"))
    if account.name.lower() in low:
        found.append(_issue("contains-name", "不得含姓名", "without the name"))
    if any(hashes.matches(one, password) for one in before):
        found.append(_issue("used-before", "最近用过，请换一个", "not one of the last"))
    return found


def _issue(code: str, zh: str, en: str) -> FieldIssue:
    return FieldIssue(POINTER, code, f"{zh} ({en})")
