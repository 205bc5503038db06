"""Small national code tables whose words and codes stand mixed in agencies' columns: sex, ethnic group, relation.

GB/T 2261.1 (sex), GB/T 3304 (ethnic groups), the relation words of the 防返贫 system. Systems contradict each other on
codes: one prefecture shows 0 as 女. So 0 is unknown here, and a feed that means something else says so in its own map.
"""

import polars as pl

from china.package_data import read_words
from china.text import plain_column

MALE, FEMALE = "1", "2"
_SEXES = {
    **dict.fromkeys(("男", "男性", "M", "MALE", "1", "1.0", "01", "1男", "1-男", "男1"), MALE),
    **dict.fromkeys(("女", "女性", "F", "FEMALE", "2", "2.0", "02", "2女", "2-女", "女2"), FEMALE),
}

# Old or careless spellings of the official names; 穿青人 and 革家 are local groups without a national code.
_OTHER_NAMES = {
    "毛难族": "毛南族",
    "崩龙族": "德昂族",
    "回回族": "回族",
    "维族": "维吾尔族",
    "哈族": "哈萨克族",
    "蒙族": "蒙古族",
    "蒙古": "蒙古族",
}


def sex(text: str | None) -> str | None:
    """男, 男性, M, 1 → "1"; 女, 女性, F, 2 → "2"; anything else, 0 and 9 included, None."""
    return sex_column(pl.Series([text], dtype=pl.String))[0]  # type: ignore[no-any-return]  # one text in, one out


def sex_column(s: pl.Series) -> pl.Series:
    """`sex` over a text column."""
    return plain_column(s).str.to_uppercase().replace_strict(_SEXES, default=None, return_dtype=pl.String)


def ethnic_groups() -> tuple[str, ...]:
    """The 56 official groups in the order of their codes 01…56."""
    return read_words("ethnic_groups.txt")


def ethnic_group(text: str | None) -> str | None:
    """回, 回族, 03, 3 → 回族; a word that is no official group stays as written; None where nothing was given."""
    return ethnic_group_column(pl.Series([text], dtype=pl.String))[0]  # type: ignore[no-any-return]  # one in, one out


def ethnic_group_column(s: pl.Series) -> pl.Series:
    """`ethnic_group` over a text column."""
    names = ethnic_groups()
    table = {name: name for name in names} | {name.removesuffix("族"): name for name in names} | _OTHER_NAMES
    for number, name in enumerate(names, start=1):
        table |= {f"{number:02}": name, str(number): name}
    text = plain_column(s).str.replace_all(" ", "").str.replace(r"^([0-9]{2})[-.]?(\p{Han}+)$", "${2}")
    return text.replace(table)


# 防返贫 words (之子 …) and GB/T 4761 words and codes, with what offices write beside them.
HEADS = ("户主", "本人", "本人或户主", "户主本人", "01", "02")
SPOUSES = ("配偶", "夫", "妻", "妻子", "丈夫", "10", "11", "12")
_KIN = (
    "子", "女", "长子", "次子", "三子", "四子", "五子", "独生子", "长女", "次女", "三女", "四女", "五女",
    "独生女", "儿子", "女儿", "养子", "养女", "继子", "继女", "儿媳", "女婿", "孙子", "孙女", "外孙子",
    "外孙女", "外孙", "曾孙子", "曾孙女", "孙媳妇", "孙女婿", "父", "母", "父亲", "母亲", "公公", "婆婆",
    "岳父", "岳母", "继父", "继母", "祖父", "祖母", "外祖父", "外祖母", "兄弟姐妹", "兄", "弟", "姐", "妹",
    "哥哥", "弟弟", "姐姐", "妹妹", "兄弟", "姐妹", "嫂", "弟媳", "兄弟媳妇", "姐夫", "妹夫", "侄儿", "侄子",
    "侄女", "外甥", "外甥女", "叔伯", "伯父", "叔父", "姑母", "舅父", "姨母",
)  # fmt: skip
RELATIONS = frozenset(
    [
        *HEADS, *SPOUSES, *_KIN, *(f"之{word}" for word in _KIN), "其他", "其它", "其他亲属", "非亲属", "孤儿",
        *(f"{code:02}" for code in range(1, 100)), *(str(code) for code in range(1, 10)),
    ]
)  # fmt: skip


def is_relation(s: pl.Series) -> pl.Series:
    """Whether a text is a word or code for how somebody is related to the head of the household; null for null."""
    return plain_column(s).is_in(list(RELATIONS))
