"""What somebody typed into a form, as it is shown to them again: under the titles they typed it below, without what the
page put there itself."""

from collections.abc import Iterable, Mapping

from console.visits import FIELDS, HOW

_TITLES = {
    "code": "核查结果",
    "how": "怎样核查",
    "visited_on": "核查日期",
    "visited_by": "核查人",
    "responsible_unit": "责任单位",
    "responsible_person": "责任人",
    "measure": "措施",
    "login": "登录名",
    **{field.name: field.title for field in FIELDS},
}
_CHOICES: dict[str, Mapping[str, str]] = {
    "how": dict(HOW),
    **{field.name: dict(field.choices) for field in FIELDS if field.choices},
}
_OURS = frozenset({"version", "cursor", "answer", "next", "draft"})  # put there by pages
_COUNTED = {"case": "选中的户"}


def lines(fields: Iterable[tuple[str, str]], codes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Title and value of each field that was filled in; `codes`: what the registry calls each outcome."""
    told: dict[str, list[str]] = {}
    for name, value in fields:
        if value and name not in _OURS and not name.endswith("_id"):
            told.setdefault(name, []).append(value)
    words = {**_CHOICES, "code": codes}
    return [
        (_COUNTED[name], f"{len(values)} 户")
        if name in _COUNTED
        else (_TITLES.get(name, "填写的内容"), "、".join(words.get(name, {}).get(value, value) for value in values))
        for name, values in told.items()
    ]
