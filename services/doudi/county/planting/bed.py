"""The bed planted cases are set in: new people in homes of their own, what each file says of them, what is expected.

Nobody the county invented is touched: what holds of them is another truth. Everybody planted bears a sound number of
the county never issued that nobody else has, and stands in every file under their own name and number.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from doudi.county.circumstances import CLASSES
from doudi.county.exports import GRADES
from doudi.county.names import full_names, given_names
from doudi.county.numbers import numbers
from doudi.county.population import AS_OF, Population
from doudi.county.tables import places, surnames

CASES = 5  # planted of each kind, where no group is needed
ACCOUNT = "6228"  # other banks' accounts begin with 6229
MONTHLY = 319.0
_SERIALS = 999
_MONTHS_PAST = 5  # a birthday in one of them has been before the reference date


@dataclass(frozen=True)
class Sown:
    """One planted person; `at` stands behind the last of the invented, as in the exports."""

    at: int
    name: str
    number: str
    sex: int
    born: date
    village: int
    home: int

    @property
    def code(self) -> str:
        """The village as 12 digits."""
        return str(places().village_codes[self.village])

    @property
    def village_name(self) -> str:
        """The village as its committee is called."""
        return str(places().village_names[self.village])

    @property
    def address(self) -> str:
        """Township, village, group."""
        land = places()
        return f"{land.township_names[self.village]}{land.spoken()[self.village]}1组"

    @property
    def sex_word(self) -> str:
        """男 or 女."""
        return "男" if self.sex == 1 else "女"


@dataclass(frozen=True)
class Expected:
    """Whether a screen lists a person, and why."""

    who: Sown
    screen: str
    listed: bool
    why: str


@dataclass
class Bed:
    """What is planted so far: people, rows by file, entries by register, and facts nothing of the county's tells."""

    people: Population
    rng: np.random.Generator
    sown: list[Sown] = field(default_factory=list)
    rows: dict[str, list[tuple[Sown, dict[str, Any]]]] = field(default_factory=lambda: defaultdict(list))
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    payments: list[dict[str, Any]] = field(default_factory=list)
    facts: list[tuple[Sown, dict[str, Any]]] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    homes: dict[int, int] = field(default_factory=dict)  # home → village
    _taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._taken = {*self.people.number.tolist(), *self.people.older_number.tolist()}

    @property
    def villages(self) -> int:
        """How many villages the county has."""
        return len(places().village_codes)

    def home(self, village: int | None = None) -> int:
        """A new home, in a village told or drawn."""
        number = len(self.homes) + 1
        drawn = int(self.rng.integers(0, self.villages))
        self.homes[number] = drawn if village is None else village
        return number

    def somebody(self, age: int = 45, *, home: int | None = None, sex: int = 1, born: date | None = None) -> Sown:
        """A new person of that age on the reference date, or born on that day; in that home, or alone in a new one."""
        lives = self.home() if home is None else home
        month, day = int(self.rng.integers(1, _MONTHS_PAST + 1)), int(self.rng.integers(1, 28))
        birth = born or date(AS_OF.year - age, month, day)
        surname = self.rng.choice(surnames("han_surnames.csv")[0], 1)
        given = given_names(self.rng, np.array([sex]), np.array([birth.year]), np.array([-1]))
        name = full_names(self.rng, surname, given, np.array([sex]), np.array([False]))[0]
        at = len(self.people) + len(self.sown)
        one = Sown(at, str(name), self._number(birth, sex), sex, birth, self.homes[lives], lives)
        self.sown.append(one)
        return one

    def several(self, count: int = CASES, age: int = 45) -> list[Sown]:
        """So many people, each in a new home."""
        return [self.somebody(age) for _ in range(count)]

    def _number(self, born: date, sex: int) -> str:
        birth = np.array([born.strftime("%Y%m%d")])
        for serial in range(_SERIALS - (sex == 2), 0, -2):
            number = str(numbers(birth, np.array([serial]))[0])
            if number not in self._taken:
                self._taken.add(number)
                return number
        raise ValueError(f"no number is left for {born}")

    def tell(self, file: str, who: Sown, **cells: Any) -> None:
        """A row of a file about somebody."""
        self.rows[file].append((who, cells))

    def enter(self, register: str, who: Sown | None = None, role: str = "", **cells: Any) -> None:
        """An entry of a register; `role`: what its sheet calls the person it is about."""
        named = {} if who is None else {f"{role}姓名": who.name, f"{role}身份证号": who.number}
        self.entries[register].append({**named, **cells})

    def fact(self, who: Sown, kind: str, **told: Any) -> None:
        """A fact no file of the county tells: another system of the county's, or the registry's own history."""
        self.facts.append((who, {"kind": kind, **told}))

    def expect(self, screen: str, who: Sown | Sequence[Sown], why: str, *, listed: bool = True) -> None:
        """What the screen is to say of these people."""
        several = [who] if isinstance(who, Sown) else who
        self.expected += [Expected(one, screen, listed, why) for one in several]

    def near(self, screen: str, who: Sown | Sequence[Sown], why: str) -> None:
        """People on the other side of a boundary: not to be listed."""
        self.expect(screen, who, why, listed=False)

    def supported(self, who: Sown, size: int = 2, **changes: Any) -> None:
        """A row of civil affairs' list: 农村低保 as a whole household since 2019 unless told otherwise."""
        household = f"YQ9{who.home:06d}"
        row = {
            "户号": household, "救助类别": "农村低保", "保障方式": "整户保", "家庭人口": str(size),
            "保障人数": str(size), "户主姓名": who.name, "姓名": who.name, "身份证号": who.number,
            "性别": who.sex_word, "出生日期": who.born.strftime("%Y%m%d"), "民族": "汉族", "与户主关系": "户主",
            "区划代码": who.code, "户籍地址": who.address, "联系电话": self.phone(who), "起保年月": "201907",
            "停保年月": "", "月保障金": MONTHLY, "开户姓名": who.name, "银行账号": self.account(who),
        }  # fmt: skip
        self.tell("registry.xlsx", who, **{**row, **changes})

    def margin(self, *members: Sown, **changes: Any) -> None:
        """A household that is 低保边缘: known to the registry, with nobody covered."""
        for at, one in enumerate(members):
            relation = "户主" if at == 0 else "配偶" if one.born.year < AS_OF.year - 20 else "之子"
            told = {"救助类别": "低保边缘", "保障方式": "", "保障人数": "0", "月保障金": 0.0, "起保年月": "202001"}
            named = {"户主姓名": members[0].name, "与户主关系": relation}
            self.supported(one, len(members), **{**told, **named, **changes})

    def phone(self, who: Sown) -> str:
        """A phone of their own."""
        return f"139{who.at:08d}"

    def account(self, who: Sown) -> str:
        """The home's account."""
        return f"{ACCOUNT}{who.home:012d}"

    def paid(self, who: Sown, month: str, **changes: Any) -> None:
        """A line of a payout list: the home's month, into the account of whoever it is for."""
        row = {
            "发放年月": month, "救助类别": "农村低保", "发放类型": "正常发放", "户号": f"YQ9{who.home:06d}",
            "户主姓名": who.name, "户主身份证号": who.number, "区划代码": who.code, "开户姓名": who.name,
            "银行账号": self.account(who), "发放金额": MONTHLY,
        }  # fmt: skip
        self.payments.append({**row, **changes})

    def card(self, who: Sown, kind: str, grade: str, status: str = "有效", **changes: Any) -> None:
        """A row of the disability federation's; class and grade in words, behind the number in digits."""
        row = {
            "姓名": who.name, "残疾人证号": f"{who.number}{CLASSES.index(kind) + 1}{GRADES.index(grade) + 1}",
            "性别": who.sex_word, "民族": "汉族", "残疾类别": kind, "残疾等级": grade,
            "乡镇": str(places().township_names[who.village]), "户籍地址": who.address, "联系电话": self.phone(who),
            "发证日期": "2017-05-01", "状态": status,
        }  # fmt: skip
        self.tell("disability.xlsx", who, **{**row, **changes})

    def watched(self, who: Sown, **changes: Any) -> None:
        """A row of rural revitalization's: of a household on watch, its risk not removed, able to work."""
        land = places()
        row = {
            "省": land.province, "市": land.city, "县": land.county, "乡": str(land.township_names[who.village]),
            "村": str(land.village_names[who.village]), "户编号": f"640999{who.home:06d}",
            "人口编号": f"6409{who.at:09d}", "姓名": who.name, "证件号码": who.number, "性别": who.sex_word,
            "民族": "汉族", "与户主关系": "户主", "健康状况": "健康", "劳动技能": "普通劳动力", "是否享受低保": "否",
            "人均纯收入": 5200.0, "户联系电话": self.phone(who), "户类型": "一般农户", "监测对象类别": "边缘易致贫户",
            "风险是否消除": "否",
        }  # fmt: skip
        self.tell("rural.xlsx", who, **{**row, **changes})

    def named(self, file: str, who: Sown, **cells: Any) -> None:
        """A row of any of the other feeds: name and number in the columns all of them have."""
        self.tell(file, who, **{"姓名": who.name, "身份证号": who.number, **cells})
