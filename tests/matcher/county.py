"""A county of a few invented people for tests of the matcher, and what the agencies send of them.

Numbers lie in the area 640499, which was never issued.
"""

from collections.abc import Sequence
from typing import Any

from china.id_numbers import check_digit
from kit.columns import new_id
from tests.workbooks import workbook


def number(birth: str, serial: int) -> str:
    """A sound 18-digit number: `birth` as YYYYMMDD; an odd `serial` is a man's."""
    first = f"640499{birth}{serial:03d}"
    return first + check_digit(first)


def person(name: str, id_number: str | None, **more: Any) -> dict[str, Any]:
    """PersonOut with what a test does not care about filled in."""
    birth = f"{id_number[6:10]}-{id_number[10:12]}-{id_number[12:14]}" if id_number else None
    return {
        "person_id": new_id(), "subject_id": None, "survivor_id": None, "name": name, "id_number": id_number,
        "sex": None, "birth_date": birth, "ethnic": "回族", "division": "640499100201", "address": "青石镇柳树村3组8号",
        "phone": None, "household_id": None, "household_number": None, "relation": "户主", "is_head": True,
        "former": [], "coverage": [], "source": {"import_id": "registry", "line": 3}, **more,
    }  # fmt: skip


def covered(programme: str = "dibao-rural", start: str = "2019-01-01", **more: Any) -> dict[str, Any]:
    """CoverageOut; of one of a couple, for whom no screen of single people asks."""
    return {
        "coverage_id": new_id(), "programme": programme, "form": "household", "start": start, "end": None,
        "household_id": None, "household_size": 2, "covered_count": 2, "amount_fen": 40000,
        "source": {"import_id": "registry", "line": 3}, **more,
    }  # fmt: skip


def csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV as an office exports it: GB18030."""
    return "\r\n".join(",".join(row) for row in [header, *rows]).encode("gb18030")


def xlsx(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook with one sheet of text cells (numbers stay numbers)."""
    return workbook([header, *rows])


CARDS = (
    "姓名",
    "残疾人证号",
    "性别",
    "民族",
    "残疾类别",
    "残疾等级",
    "乡镇",
    "户籍地址",
    "联系电话",
    "发证日期",
    "状态",
)
ILLNESS = (
    "姓名",
    "证件号码",
    "性别",
    "出生日期",
    "现住址",
    "联系电话",
    "诊断名称",
    "病种编码",
    "确诊日期",
    "总费用",
    "个人自付",
)
DEATHS = ("姓名", "证件号码", "性别", "出生日期", "户籍地址", "死亡日期")
RURAL = (
    "乡",
    "村",
    "户编号",
    "姓名",
    "证件号码",
    "性别",
    "民族",
    "与户主关系",
    "劳动技能",
    "监测对象类别",
    "风险是否消除",
)
SURNAMES = tuple("马李王杨张海丁陈")
GIVEN = ("建国", "秀英", "晓兰", "志强", "玉梅", "永福", "彩霞", "万林", "小军", "文斌", "桂花", "成龙")


def card(name: str, id_number: str, grade: str = "一级", address: str = "青石镇柳树村3组8号", **more: str) -> list[str]:
    """A row of the disability federation: a valid card of physical disability."""
    town = more.get("town", address[:3])
    digit = {"一级": "1", "二级": "2", "三级": "3", "四级": "4"}[grade]
    status = more.get("status", "有效")
    return [name, f"{id_number}4{digit}", "男", "回族", "肢体", grade, town, address, "", "2016-05-01", status]


def illness(name: str, id_number: str, paid: str = "20000", address: str = "青石镇柳树村3组") -> list[str]:
    """A row of the health office: a cancer with its cost."""
    birth = id_number[6:14] if id_number else ""
    return [name, id_number, "男", birth, address, "", "肺恶性肿瘤", "C34.9", "2020-05-15", "50000", paid]


def death(name: str, id_number: str, died: str = "2021-02-11", address: str = "青石镇柳树村3组8号") -> list[str]:
    """A row of the register of deaths."""
    return [name, id_number, "男", id_number[6:14], address, died]


def monitored(name: str, id_number: str, household: str = "640000000004", **more: str) -> list[str]:
    """A row of the rural office: a member of a monitored household."""
    town, village = more.get("town", "青石镇"), more.get("village", "柳树村")
    category, removed = more.get("category", "突发严重困难户"), more.get("removed", "否")
    return [town, village, household, name, id_number, "男", "回族", "户主", "普通劳动力", category, removed]


def numbered(count: int) -> list[tuple[str, str]]:
    """`count` invented people: name and sound number, all different."""
    found = []
    for n in range(count):
        name = SURNAMES[n % 8] + GIVEN[(n // 8) % 12] + ("" if n < 96 else GIVEN[(n // 96) % 12][0])
        found.append((name, number(f"{1950 + n % 50}{1 + n % 12:02d}{1 + n % 28:02d}", n % 999)))
    return found
