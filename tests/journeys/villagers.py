"""People a test plants into a county's files, with names nobody else there has, and the rows agencies have of them."""

from dataclasses import dataclass, replace

from china.id_numbers import check_digit
from tests.journeys.papers import Papers

COUNTY = "640499000000"
# Two characters each.
SURNAMES = "欧阳司徒上官慕容尉迟诸葛皇甫令狐宇文长孙公孙轩辕夏侯淳于呼延端木百里东郭南宫澹台"
GIVEN = "砚耕霁川菱歌鹤鸣驰骋琼瑶墨池绍唐雪棠继昌沛霖韶华启铭蔚然虹羽崇岳芷若定邦瑾瑜穆青"
CLASSES = {"视力": "1", "听力": "2", "肢体": "4", "智力": "5", "精神": "6"}
GRADES = {"一级": "1", "二级": "2", "三级": "3", "四级": "4"}


@dataclass(frozen=True)
class Village:
    """Where people live: 12-digit code, names of township and village."""

    code: str
    township: str
    name: str

    @property
    def area(self) -> str:
        """The township as 12 digits."""
        return self.code[:9] + "000"


@dataclass(frozen=True)
class Villager:
    """One invented person."""

    name: str
    number: str
    sex: str
    home: Village

    @property
    def born(self) -> str:
        """YYYYMMDD."""
        return self.number[6:14]

    @property
    def address(self) -> str:
        """As every agency writes it."""
        return f"{self.home.township}{self.home.name}2组{int(self.number[14:17])}号"

    def living_in(self, home: Village) -> "Villager":
        """The same, moved."""
        return replace(self, home=home)


def villages(areas: str) -> list[Village]:
    """Every village of the divisions, townships in turn: the n-th village of each before the next of any."""
    rows = [line.split(",") for line in areas.splitlines()[1:]]
    names = {row[0]: row[1] for row in rows}
    found: dict[str, list[Village]] = {}
    for code, name, level, parent in rows:
        if level == "village":
            found.setdefault(parent, []).append(Village(code, names[parent], name))
    most = max(map(len, found.values()))
    return [group[turn] for turn in range(most) for group in found.values() if turn < len(group)]


def _pair(characters: str, index: int) -> str:
    at = index % 20 * 2
    return characters[at : at + 2]


def villager(index: int, home: Village) -> Villager:
    """The `index`-th of 400 people no two of whom resemble each other; never-issued numbers."""
    name = _pair(SURNAMES, index) + _pair(GIVEN, index * 7 + index // 20)
    serial = 905 + index % 90
    day = f"{1941 + index * 13 % 57}{1 + index * 5 % 12:02}{1 + index * 11 % 28:02}"
    body = f"640499{day}{serial}"
    return Villager(name, body + check_digit(body), "男" if serial % 2 else "女", home)


def covered(papers: Papers, who: Villager, household: str, **cells: str | None) -> None:
    """She stands in civil affairs' export with a 低保 household of two: one person alone would be asked about 特困."""
    given = {
        "户号": household, "救助类别": "农村低保", "保障方式": "整户保", "家庭人口": "2", "保障人数": "2",
        "户主姓名": who.name, "姓名": who.name, "身份证号": who.number, "性别": who.sex, "出生日期": who.born,
        "民族": "汉族", "与户主关系": "户主", "区划代码": who.home.code, "户籍地址": who.address, "起保年月": "201801",
        "月保障金": "320", "开户姓名": who.name, "银行账号": f"6229{int(who.number[6:17]):012d}",
    }  # fmt: skip
    papers.add("registry.xlsx", **given | cells)


def disabled(papers: Papers, who: Villager, kind: str = "肢体", grade: str = "一级", **cells: str | None) -> None:
    """She holds a card of a severe disability."""
    given = {
        "姓名": who.name, "残疾人证号": who.number + CLASSES[kind] + GRADES[grade], "性别": who.sex, "民族": "汉族",
        "残疾类别": kind, "残疾等级": grade, "乡镇": who.home.township, "户籍地址": who.address,
        "发证日期": "2018-05-01", "状态": "有效",
    }  # fmt: skip
    papers.add("disability.xlsx", **given | cells)


def ill(papers: Papers, who: Villager, self_paid: str = "42000", **cells: str | None) -> None:
    """A hospital treated her for what costs more than a household can pay."""
    given = {
        "姓名": who.name, "证件号码": who.number, "性别": who.sex, "出生日期": who.born, "现住址": who.address,
        "诊断名称": "胃恶性肿瘤", "病种编码": "C16.9", "确诊日期": "2020-11-15", "总费用": "90000",
        "个人自付": self_paid,
    }  # fmt: skip
    papers.add("health.csv", **given | cells)


def dead(papers: Papers, who: Villager, on: str = "2021-02-11", **cells: str | None) -> None:
    """A death certificate was written."""
    given = {
        "姓名": who.name, "证件号码": who.number, "性别": who.sex, "出生日期": who.born, "户籍地址": who.address,
        "死亡日期": on,
    }  # fmt: skip
    papers.add("deaths.csv", **given | cells)


def monitored(papers: Papers, who: Villager, household: str, **cells: str | None) -> None:
    """Her household is watched for falling back into poverty."""
    given = {
        "省": "宁夏回族自治区", "市": "固原市", "县": "云泉县", "乡": who.home.township, "村": who.home.name,
        "户编号": household, "人口编号": f"6401{int(who.number[6:15]):09d}", "姓名": who.name, "证件号码": who.number,
        "性别": who.sex, "民族": "汉族", "与户主关系": "户主", "健康状况": "健康", "劳动技能": "普通劳动力",
        "是否享受低保": "否", "人均纯收入": "5200", "户类型": "一般农户", "监测对象类别": "突发严重困难户",
        "风险是否消除": "否",
    }  # fmt: skip
    papers.add("rural.xlsx", **given | cells)
