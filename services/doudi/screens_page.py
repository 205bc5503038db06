"""The page of screens: written from the screens, their parameters and their cases, so that it tells what they do.

`./run screens` writes docs/screens.md; a test compares.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from matcher.screens.catalogue import CATALOGUE
from matcher.screens.columns.settings import SCREEN_DAYS, SCREEN_TIERS, SCREEN_URGENCIES
from matcher.screens.parameters import Setting, chosen, shipped
from matcher.screens.screen import KINDS, Screen

CASES = Path("tests/matcher/screens/cases")
NATION = "000000000000"
HEAD = """# 筛查目录

由 `./run screens` 从 `services/matcher/screens` 和 `tests/matcher/screens/cases` 生成，请勿手改。

每一项筛查只提出核查任务，不作任何认定；命中留存筛查版本、参数值和所依据的数据行。参数按区划和日期生效，下列为全国默认值，
区县可在系统中另设（出处随值登记）。用例表由民政干部增改，见 `tests/matcher/screens/cases/README.md`。

"""
_MOST_WORDS = 8


def page(cases: Path) -> str:
    """The whole page as Markdown; `cases`: the folder of the tables of cases. Raises OSError where one is missing."""
    values = chosen(NATION, date.max, shipped())  # those that have no end: the page stays true tomorrow
    basis: dict[str, str] = {}
    for profile in shipped():
        basis |= profile["basis"]
    parts = [HEAD, _contents()]
    for kind, title in KINDS.items():
        mine = [screen for screen in CATALOGUE if screen.kind == kind]
        if mine:
            parts.append(f"## {title}\n\n")
            parts += [_screen(screen, values, basis, cases) for screen in mine]
    return "".join(parts).rstrip() + "\n"


def write_page(path: Path, cases: Path = CASES) -> None:
    """Write the page to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(cases))


def _contents() -> str:
    rows = [
        f"| [{screen.title}](#{screen.id}) | `{screen.id}` | {KINDS[screen.kind]} | {screen.usual_tier} |\n"
        for screen in CATALOGUE
    ]
    return "| 筛查 | 代码 | 类别 | 等级 |\n|---|---|---|---|\n" + "".join(rows) + "\n"


def _screen(screen: Screen, values: Mapping[str, Any], basis: Mapping[str, str], cases: Path) -> str:
    days = "按区县的核查时限" if screen.days is None else f"{screen.days} 个工作日"
    sources = f"\n- 数据来源（须有其一）：{'、'.join(screen.sources)}" if screen.sources else ""
    return (
        f'<a id="{screen.id}"></a>\n### {screen.title}\n\n'
        f"`{screen.id}` 第 {screen.version} 版 · {screen.usual_tier} · 时限：{days}\n\n"
        f"- 对象：{screen.population}{sources}\n"
        f"- 怎样算：{screen.logic}\n"
        f"- 出处：\n{''.join(f'  - {one.document}：“{one.sentence}”{chr(10)}' for one in screen.citations)}"
        f"{_settings(screen, values, basis)}"
        f"{_cases(cases / f'{screen.id}.yaml')}"
    )


def _settings(screen: Screen, values: Mapping[str, Any], basis: Mapping[str, str]) -> str:
    kept = [one for one in screen.settings if one not in (SCREEN_TIERS, SCREEN_DAYS, SCREEN_URGENCIES)]
    if not kept:
        return ""
    rows = "".join(
        f"| {one.title} | `{one.name}` | {_value(values.get(one.name), one)} | {basis.get(one.name, '')} |\n"
        for one in kept
    )
    return f"\n| 参数 | 代码 | 默认值 | 依据 |\n|---|---|---|---|\n{rows}"


def _value(value: Any, setting: Setting) -> str:
    if value is None:
        return "未设定（该地没有规定时不筛查）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return f"{value:,g} {setting.unit}" if value < 1_000_000 else f"{value:,.0f} {setting.unit}"
    if isinstance(value, Mapping):
        return "；".join(f"{name}：{_listed(one)}" for name, one in value.items())
    words = [one["name"] if isinstance(one, Mapping) else str(one) for one in value]
    more = f"等 {len(words)} {setting.unit}" if len(words) > _MOST_WORDS else ""
    return "、".join(words[:_MOST_WORDS]) + more


def _listed(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _cases(path: Path) -> str:
    table: list[dict[str, Any]] = yaml.safe_load(path.read_text("utf-8"))
    rows = "".join(f"| {one['case']} | {_expected(one['expect'])} |\n" for one in table)
    return f"\n| 用例 | 应当 |\n|---|---|\n{rows}\n"


def _expected(expect: Any) -> str:
    if not expect:
        return "不列入"
    if isinstance(expect, Mapping):
        return "、".join(f"{who}：{tier}" for who, tier in expect.items())
    return "列入" + "、".join(expect)
