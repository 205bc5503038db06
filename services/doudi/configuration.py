"""The configuration reference: a page written from the settings classes, so that it cannot tell anything else.

`./run configuration` writes docs/configuration.md; a test compares.
"""

from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from console.settings import ConsoleSettings
from kit.settings import SECRETS_FOLDERS, ServiceSettings, Told
from matcher.settings import MatcherSettings
from registry.settings import RegistrySettings

SERVICES: dict[str, tuple[str, type[Told]]] = {
    "registry": ("登记库 · Registry", RegistrySettings),
    "matcher": ("比对 · Matcher (web and worker)", MatcherSettings),
    "console": ("页面 · Console", ConsoleSettings),
}
HEAD = f"""# 配置 · Configuration

由 `./run configuration` 从代码生成，请勿手改。每个服务只认下列名称；未列出的一律无效。
Written from the code by `./run configuration`; do not edit. A service knows these names and no others.

每项可用环境变量给出；也可写成**同名（小写）文件**，放在 `{SECRETS_FOLDERS[0]}` 指明的文件夹（容器的
`/run/secrets`），或由 systemd 的 `LoadCredential=` 交付（`{SECRETS_FOLDERS[1]}`）。密码请用文件。环境变量优先于文件。
Each is read from the environment, or from a file of the same name in lower case in the folder that
`{SECRETS_FOLDERS[0]}` names (`/run/secrets` of a container) or that systemd hands over (`LoadCredential=`,
`{SECRETS_FOLDERS[1]}`). Use files for secrets. A variable outranks a file. A value that cannot be used ends the start
with the variable's name, never with its value.
"""
TYPES: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    date: "YYYY-MM-DD",
}
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *(_section(title, settings) for title, settings in SERVICES.values())])


def write_page(path: Path) -> None:
    """Write the page to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page())


def variables(settings: type[Told]) -> dict[str, FieldInfo]:
    """Environment name -> field of one service."""
    prefix = settings.model_config.get("env_prefix", "")
    return {f"{prefix}{name.upper()}": field for name, field in settings.model_fields.items()}


def _section(title: str, settings: type[Told]) -> str:
    shared = [name for name in ServiceSettings.model_fields if name in settings.model_fields]
    own = [name for name in settings.model_fields if name not in shared]
    rows = variables(settings)
    prefix = settings.model_config.get("env_prefix", "")
    ordered = [f"{prefix}{name.upper()}" for name in [*shared, *own]]
    lines = [_row(name, rows[name]) for name in ordered]
    return "\n".join([f"## {title}", "", "| variable | type | default | meaning |", "|---|---|---|---|", *lines, ""])


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{name}` | {_type(field)} | {_default(field.default)} | {field.description} |"


def _type(field: FieldInfo) -> str:
    kinds = [field.annotation]
    if get_origin(field.annotation) is UnionType:
        kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    named = " or ".join("secret" if kind is SecretStr else TYPES[kind] for kind in kinds if kind is not None)
    bounds = [f"{sign} {value:g}" for rule in field.metadata for sign, value in _bounds(rule)]
    return ", ".join([named, *bounds])


def _bounds(rule: Any) -> list[tuple[str, float]]:
    return [(sign, getattr(rule, word)) for word, sign in SIGNS.items() if getattr(rule, word, None) is not None]


def _default(value: object) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value == "":
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
