"""The agencies' exports: which people each one lists, and its columns in its own order and words."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from doudi.county.circumstances import CLASSES, PROGRAMME, SINGLE, WHOLE, Circumstances
from doudi.county.population import Ints, Population, relation
from doudi.county.senders import DEATHS, DISABILITY, HEALTH, REGISTRY, RURAL, write_down
from doudi.county.tables import places, rates

GRADES = ("一级", "二级", "三级", "四级")
GRADE_AS_DIGIT = 0.21
DIAGNOSES = (
    ("肺恶性肿瘤", "C34.9"), ("食管恶性肿瘤", "C15.9"), ("胃恶性肿瘤", "C16.9"), ("肝恶性肿瘤", "C22.0"),
    ("急性心肌梗死", "I21.9"), ("终末期肾病", "N18.0"), ("重性精神疾病", "F20.9"), ("血友病", "D66.x"),
    ("乳腺恶性肿瘤", "C50.9"), ("儿童急性淋巴细胞白血病", "C91.0"),
)  # fmt: skip
WOMEN_ONLY, CHILDREN_ONLY = 8, 9
ANY_SEX = 8  # the first eight befall anybody
SAYS_COVERED = (0.115, 0.857)  # 是否享受低保 as reported by those not covered, and by those covered
OTHER_ACCOUNT_HOLDER = 0.012
SHARED_ACCOUNTS = 4  # households paid into one account
MONTHS = np.array([f"{month:02}" for month in range(1, 13)])
PAID_MONTHS = ("202101", "202102", "202103", "202104", "202105")


@dataclass(frozen=True)
class Export:
    """One file: its rows as text (numbers where the agency's program writes numbers), and whose row each is."""

    name: str
    rows: pl.DataFrame
    person: Ints  # index of the person, row by row; empty for payouts, which name households
    skipped_lines: int = 1  # lines above the first row: header, and a title where there is one
    title: str | None = None
    total: str | None = None

    def truth(self) -> pl.DataFrame:
        """file, line as a spreadsheet counts, person (1 …)."""
        lines = np.arange(len(self.person)) + self.skipped_lines + 1
        return pl.DataFrame({"file": [self.name] * len(lines), "line": lines, "person": self.person + 1})


@dataclass(frozen=True)
class Scene:
    """Everything an export is made of."""

    people: Population
    life: Circumstances
    level: str

    def form(self) -> tuple[str, np.ndarray]:
        """What `write_down` needs beside the people."""
        return self.level, self.life.card_suffix

    def twice(self, rng: np.random.Generator, who: Ints) -> Ints:
        """Those of `who` whom the agency lists a second time."""
        return who[rng.random(len(who)) < rates(self.level)["same person twice in a feed"]]


def _relations(people: Population, who: Ints) -> list[str]:
    return [relation(int(role), int(sex)) for role, sex in zip(people.role[who], people.sex[who], strict=True)]


def registry_and_payments(rng: np.random.Generator, scene: Scene) -> tuple[Export, Export]:
    """民政's list of low-income people, and its payouts of January to May."""
    people, life = scene.people, scene.life
    number = rng.permutation(int(people.household.max()) + 1) + 1
    listed = np.flatnonzero(life.in_registry)
    listed = listed[np.lexsort((listed, number[people.household[listed]]))]
    household = people.household[listed]
    sent = write_down(rng, people, listed, REGISTRY, scene.form())
    kind = life.household_kind[household]
    first, size = people.members()
    covered = np.bincount(people.household, weights=life.covered).astype(np.int64)
    head = first[household]
    accounts = rng.integers(10**11, 10**12, len(first))
    other_holder = people.name[rng.permutation(len(people))[: len(listed)]]
    holder = np.where(rng.random(len(listed)) < OTHER_ACCOUNT_HOLDER, other_holder, people.name[head])
    land = places()
    rows = pl.DataFrame(
        {
            "户号": [f"YQ{one:07d}" for one in number[household]],
            "救助类别": np.array(PROGRAMME)[kind],
            "保障方式": np.select([kind == WHOLE, kind == SINGLE], ["整户保", "单人保"], ""),
            "家庭人口": size[household].astype("U2"),
            "保障人数": covered[household].astype("U2"),
            "户主姓名": people.name[head],
            "姓名": sent["name"],
            "身份证号": sent["id_number"],
            "性别": sent["sex"],
            "出生日期": sent["birth_date"],
            "民族": sent["ethnic"],
            "与户主关系": _relations(people, listed),
            "区划代码": land.village_codes[sent["village"].to_numpy()],
            "户籍地址": sent["address"],
            "联系电话": sent["phone"],
            "起保年月": life.household_start[household],
            "停保年月": life.household_end[household],
            "月保障金": life.amount[listed].astype(np.float64),
            "开户姓名": holder,
            "银行账号": [f"6229{one:012d}" for one in accounts[household]],
        }
    )
    title = f"{land.county}低收入人口信息表（2021年6月）"
    export = Export("registry.xlsx", rows, listed, 2, title, f"合计：{len(listed)}人")
    return export, _payments(scene, number, accounts)


def _payments(scene: Scene, number: Ints, accounts: Ints) -> Export:
    people, life = scene.people, scene.life
    total = np.bincount(people.household, weights=life.amount)
    paid = np.flatnonzero(total > 0)
    paid = paid[np.argsort(number[paid], kind="stable")]
    first, _ = people.members()
    account = accounts.copy()
    account[paid[:: max(len(paid) // SHARED_ACCOUNTS, 1)][:SHARED_ACCOUNTS]] = 1
    month = pl.DataFrame(
        {
            "户号": [f"YQ{one:07d}" for one in number[paid]],
            "户主姓名": people.name[first[paid]],
            "户主身份证号": people.number[first[paid]],
            "开户姓名": people.name[first[paid]],
            "银行账号": [f"6229{one:012d}" for one in account[paid]],
            "发放金额": total[paid],
        }
    )
    rows = pl.concat([month.select(pl.lit(one).alias("发放年月"), pl.all()) for one in PAID_MONTHS])
    return Export("payments.csv", rows, np.empty(0, dtype=np.int64))


def disability(rng: np.random.Generator, scene: Scene) -> Export:
    """残联's card holders: no column for the resident number, the card number begins with it."""
    life = scene.life
    holders = np.flatnonzero(life.card_class > 0)
    who = np.sort(np.concatenate([holders, scene.twice(rng, holders)]))
    sent = write_down(rng, scene.people, who, DISABILITY, scene.form())
    grade = life.card_grade[who]
    digit = rng.random(len(who)) < GRADE_AS_DIGIT
    rows = pl.DataFrame(
        {
            "姓名": sent["name"],
            "残疾人证号": sent["id_number"],
            "性别": sent["sex"],
            "民族": sent["ethnic"],
            "残疾类别": np.array(CLASSES)[life.card_class[who] - 1],
            "残疾等级": np.where(digit, grade.astype("U1"), np.array(GRADES)[grade - 1]),
            "乡镇": _of_village(sent["village"], places().township_names),
            "户籍地址": sent["address"],
            "联系电话": sent["phone"],
            "发证日期": np.char.add(life.card_year[who].astype("U4"), "-05-01"),
            "状态": life.card_status[who],
        }
    )
    return Export("disability.xlsx", rows, who)


def _of_village(village: pl.Series, names: np.ndarray) -> pl.Series:
    return village.replace_strict(list(range(len(names))), pl.Series(names), default=None)


def health(rng: np.random.Generator, scene: Scene) -> Export:
    """卫健's serious illnesses with what the year cost; every row has its own cost."""
    people, life = scene.people, scene.life
    ill = np.flatnonzero(~np.isnan(life.cost))
    again = scene.twice(rng, ill)
    who = np.concatenate([ill, again])
    cost = np.concatenate([life.cost[ill], np.round(life.cost[again] * 0.6, 2)])
    own = np.concatenate([life.self_paid[ill], np.round(life.self_paid[again] * 0.6, 2)])
    order = rng.permutation(len(who))
    who, cost, own = who[order], cost[order], own[order]
    sent = write_down(rng, people, who, HEALTH, scene.form())
    kind = rng.integers(0, ANY_SEX, len(who))
    kind[(people.sex[who] == 2) & (rng.random(len(who)) < 0.18)] = WOMEN_ONLY
    kind[people.age[who] < 15] = CHILDREN_ONLY
    month = MONTHS[rng.integers(0, 12, len(who))]
    rows = pl.DataFrame(
        {
            "姓名": sent["name"],
            "证件号码": sent["id_number"],
            "性别": sent["sex"],
            "出生日期": sent["birth_date"],
            "现住址": sent["address"],
            "联系电话": sent["phone"],
            "诊断名称": np.array([one for one, _ in DIAGNOSES])[kind],
            "病种编码": np.array([code for _, code in DIAGNOSES])[kind],
            "确诊日期": np.char.add(np.char.add("2020-", month), "-15"),
            "总费用": cost,
            "个人自付": own,
        }
    )
    return Export("health.csv", _undated(rng, rows), who)


def deaths(rng: np.random.Generator, scene: Scene) -> Export:
    """卫健's death certificates of the year so far."""
    dead = np.flatnonzero(scene.life.died != "")
    who = rng.permutation(np.concatenate([dead, scene.twice(rng, dead)]))
    sent = write_down(rng, scene.people, who, DEATHS, scene.form())
    rows = pl.DataFrame(
        {
            "姓名": sent["name"],
            "证件号码": sent["id_number"],
            "性别": sent["sex"],
            "出生日期": sent["birth_date"],
            "户籍地址": sent["address"],
            "死亡日期": scene.life.died[who],
        }
    )
    return Export("deaths.csv", _undated(rng, rows), who)


def _undated(rng: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    """Hospitals leave one birth date in sixty empty."""
    gone = pl.Series(rng.random(rows.height) < 1 / 60)
    return rows.with_columns(pl.when(gone).then(None).otherwise(pl.col("出生日期")).alias("出生日期"))


def rural(rng: np.random.Generator, scene: Scene) -> Export:
    """乡村振兴's export: every member of its households; who is listed twice stands in two households."""
    people, life = scene.people, scene.life
    listed = np.flatnonzero(life.household_rural[people.household])
    again = scene.twice(rng, listed)
    rosters = np.flatnonzero(life.household_rural)
    beside = rosters[(np.searchsorted(rosters, people.household[again]) + 1) % len(rosters)]
    who = np.concatenate([listed, again])
    roster = np.concatenate([people.household[listed], beside])
    order = np.lexsort((who, roster))
    who, roster = who[order], roster[order]
    sent = write_down(rng, people, who, RURAL, scene.form())
    household_number = rng.permutation(len(life.household_rural)) + 1
    land = places()
    watched, age = life.household_monitored[roster], people.age[who]
    removed = np.where(life.household_risk_removed[roster], "是", "否")
    reported = rng.random(len(who)) < np.where(life.covered[who], SAYS_COVERED[1], SAYS_COVERED[0])
    rows = pl.DataFrame(
        {
            "省": [land.province] * len(who),
            "市": [land.city] * len(who),
            "县": [land.county] * len(who),
            "乡": _of_village(sent["village"], land.township_names),
            "村": _of_village(sent["village"], land.village_names),
            "户编号": [f"640000{one:06d}" for one in household_number[roster]],
            "人口编号": [f"6401{one:09d}" for one in rng.permutation(2 * len(who))[: len(who)]],
            "姓名": sent["name"],
            "证件号码": sent["id_number"],
            "性别": sent["sex"],
            "民族": sent["ethnic"],
            "与户主关系": _relations(people, who),
            "健康状况": np.select([life.card_class[who] > 0, ~np.isnan(life.cost[who])], ["残疾", "患有大病"], "健康"),
            "劳动技能": np.select([age >= 80, age >= 60], ["丧失劳动力", "弱劳动力或半劳动力"], "普通劳动力"),
            "是否享受低保": np.where(reported, "是", "否"),
            "人均纯收入": life.household_income[roster].astype(np.float64),
            "户联系电话": sent["phone"],
            "户类型": np.where(life.household_poor_once[roster], "脱贫户", "一般农户"),
            "监测对象类别": watched,
            "风险是否消除": np.where(watched == "", "", removed),
        }
    )
    return Export("rural.xlsx", rows, who, 2, "防返贫监测信息系统导出")
