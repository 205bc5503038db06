"""What a month does to the rows of the agencies' files: some are added, some altered in one cell, some are gone.

Every other row stays word for word, so that a reader who compares two deliveries sees only what happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from doudi.county import exports
from doudi.county.circumstances import (
    AMOUNT,
    GRADE_SHARE,
    MONITORED_KIND,
    MONITORED_SHARE,
    NONE,
    PROGRAMME,
    SINGLE,
    TEKUN_HOME,
    TEKUN_INSTITUTION,
    WHOLE,
    Circumstances,
)
from doudi.county.exports import Export, Scene
from doudi.county.month_draws import Draws
from doudi.county.population import Flags, Ints, Population
from doudi.county.tables import Texts

FORMS = {"household": WHOLE, "single": SINGLE, "institution": TEKUN_INSTITUTION, "home": TEKUN_HOME}
NUMBER_COLUMN = {
    "registry.xlsx": "身份证号",
    "disability.xlsx": "残疾人证号",
    "health.csv": "证件号码",
    "rural.xlsx": "证件号码",
}
TERMS = ("户号", "救助类别", "保障方式", "家庭人口", "保障人数", "起保年月", "停保年月", "月保障金")
NEW_COST = (12_000.0, 60_000.0)  # a year's own payment of those who fall ill this month: all above the line
PHYSICAL = 4  # class of the new cards; every grade befalls somebody, so some count as severe and some do not


def nothing(life: Circumstances) -> Circumstances:
    """Circumstances in which nothing has befallen anybody: what news is written into."""
    count, households = len(life.cost), len(life.household_kind)
    return Circumstances(
        card_class=np.zeros(count, dtype=np.int64),
        card_grade=np.zeros(count, dtype=np.int64),
        card_status=np.full(count, "", dtype="U2"),
        card_year=np.zeros(count, dtype=np.int64),
        cost=np.full(count, np.nan),
        self_paid=np.full(count, np.nan),
        died=np.full(count, "", dtype="U10"),
        household_kind=np.full(households, NONE),
        in_registry=np.zeros(count, dtype=bool),
        covered=np.zeros(count, dtype=bool),
        amount=np.zeros(count, dtype=np.int64),
        household_start=np.full(households, "", dtype="U6"),
        household_end=np.full(households, "", dtype="U6"),
        household_rural=np.zeros(households, dtype=bool),
        household_poor_once=np.zeros(households, dtype=bool),
        household_monitored=np.full(households, "", dtype="U7"),
        household_risk_removed=np.zeros(households, dtype=bool),
        household_income=np.zeros(households, dtype=np.int64),
    )


def news(rng: np.random.Generator, scene: Scene, draws: Draws, month: date) -> dict[str, Export]:
    """The rows of those who got a card, fell ill or died in `month` (its first day), as the agencies write them."""
    new = nothing(scene.life)
    new.card_class[draws.cards] = PHYSICAL
    new.card_grade[draws.cards] = rng.choice(np.arange(1, 5), len(draws.cards), p=GRADE_SHARE)
    new.card_grade[draws.cards[:1]] = 1  # one of them at least is severe
    new.card_status[draws.cards] = "有效"
    new.card_year[draws.cards] = month.year
    new.self_paid[draws.illnesses] = np.round(rng.uniform(*NEW_COST, len(draws.illnesses)), 2)
    new.cost[draws.illnesses] = new.self_paid[draws.illnesses] * 2
    days = np.datetime64(month) + rng.integers(0, 28, len(draws.deaths))
    new.died[draws.deaths] = np.datetime_as_string(days, unit="D")
    brought = Scene(scene.people, new, scene.level)
    made: dict[str, Export] = {}
    if len(draws.cards):
        cards = exports.disability(rng, brought)
        made[cards.name] = _with(cards, pl.lit(f"{month:%Y-%m}-08").alias("发证日期"))
    if len(draws.illnesses):
        ill = exports.health(rng, brought)
        made[ill.name] = _with(ill, pl.lit(f"{month:%Y-%m}-15").alias("确诊日期"))
    if len(draws.deaths):
        dead = exports.deaths(rng, brought)
        made[dead.name] = dead
    return made


def _with(export: Export, *columns: pl.Expr) -> Export:
    return replace(export, rows=export.rows.with_columns(columns))


def joined(before: Export, rows: pl.DataFrame, person: Ints) -> Export:
    """`before` with more rows at its end."""
    like = rows.select(pl.col(column).cast(kind) for column, kind in before.rows.schema.items())
    # a file read back says "" where the writer said null: on disk they are the same empty cell
    filled = like.with_columns(pl.col(pl.String).fill_null(""))
    return replace(before, rows=pl.concat([before.rows, filled]), person=np.concatenate([before.person, person]))


def without(export: Export, gone: Flags) -> Export:
    """`export` without the rows marked."""
    return replace(export, rows=export.rows.filter(pl.Series(~gone)), person=export.person[~gone])


def altered(export: Export, at: Flags, column: str, value: str) -> Export:
    """`export` with one cell of the rows marked set to `value`."""
    return _with(export, pl.when(pl.Series(at)).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))


def of_households(rural: Export, numbers: Iterable[str]) -> Flags:
    """Rows of the rural program's households with these 户编号."""
    return rural.rows["户编号"].is_in(list(numbers)).to_numpy()


def newly_monitored(rng: np.random.Generator, rural: Export, households: Iterable[str]) -> Export:
    """`rural` in which these households are watched from now on."""
    for household in households:
        at = of_households(rural, [household])
        rural = altered(rural, at, "监测对象类别", str(rng.choice(MONITORED_KIND, p=MONITORED_SHARE)))
        rural = altered(rural, at, "风险是否消除", "否")
    return rural


def corrected(export: Export, people: Population, who: Ints, suffix: Texts) -> tuple[Export, int]:
    """`export` in which every row of these persons bears their true name and number; how many rows that altered."""
    at = np.isin(export.person, who)
    number = NUMBER_COLUMN[export.name]
    person = np.where(at, export.person, 0)
    right = pl.Series(people.number[person]).rename("right")
    if export.name == "disability.xlsx":
        right = pl.Series(np.char.add(people.number[person], suffix[person]))
    rows = export.rows.with_columns(
        pl.when(pl.Series(at)).then(pl.Series(people.name[person])).otherwise(pl.col("姓名")).alias("姓名"),
        pl.when(pl.Series(at)).then(right).otherwise(pl.col(number)).alias(number),
    )
    same = rows.hash_rows(seed=0) == export.rows.hash_rows(seed=0)
    return replace(export, rows=rows), int((~same).sum())


def admitted(
    rng: np.random.Generator, scene: Scene, registry: Export, forms: Mapping[int, str], start: str
) -> tuple[Export, Ints]:
    """`registry` with these people (index → form) on its rolls from the month `start`, and all who came in by it.

    Form `household` takes in everybody living there who is alive; where a housemate is on single cover already,
    and for the other forms, only the person. Who stood in the file before (low-income margin, ended cover) keeps the
    row's identity. Applicants show their cards at the counter: the new rows bear true names and numbers.
    """
    people = scene.people
    new = nothing(scene.life)
    paid = {int(one) for one in registry.person[(registry.rows["停保年月"] == "").to_numpy() & _covering(registry)]}
    for person, form in sorted(forms.items()):
        household = int(people.household[person])
        members = np.flatnonzero((people.household == household) & (scene.life.died == ""))
        whole = form == "household" and not paid & {int(one) for one in members}
        taken = members if whole else np.array([person])
        kind = SINGLE if form == "household" and not whole else FORMS[form]
        if new.household_kind[household] != WHOLE:  # two of one family may have asked
            new.household_kind[household] = kind
        new.covered[taken] = True
        new.household_start[household] = start
    new.in_registry[:] = new.covered
    who = np.flatnonzero(new.covered)
    new.amount[who] = rng.integers(*AMOUNT, len(who))
    if not len(who):
        return registry, who
    made, _ = exports.registry_and_payments(rng, Scene(people, new, "clean"))
    return _entered(scene, registry, made), who


def _covering(registry: Export) -> Flags:
    return registry.rows["救助类别"].is_in([name for name in set(PROGRAMME) if name and "边缘" not in name]).to_numpy()


def _entered(scene: Scene, registry: Export, made: Export) -> Export:
    """The rows `made` for the admitted put into the registry: under the household's number, else under a new one."""
    people = scene.people
    numbers = dict(zip(people.household[np.minimum(registry.person, len(people) - 1)].tolist(),
                       registry.rows["户号"].to_list(), strict=True))  # fmt: skip
    last = max(int(number[2:]) for number in registry.rows["户号"])
    household = people.household[made.person].tolist()
    for fresh in sorted(set(household) - set(numbers)):
        last += 1
        numbers[fresh] = f"YQ{last:07d}"
    true = made.rows.with_columns(
        pl.Series("户号", [numbers[one] for one in household]),
        pl.Series("姓名", people.name[made.person]),
        pl.Series("身份证号", people.number[made.person]),
        pl.Series("出生日期", people.birth[made.person]),
    )
    known = np.isin(made.person, registry.person)
    terms = true.filter(pl.Series(known)).select(pl.col(TERMS).name.suffix("_new"))
    kept = registry.rows.with_columns(pl.Series("person", registry.person)).join(
        terms.with_columns(pl.Series("person", made.person[known])), on="person", how="left", maintain_order="left"
    )
    told = pl.col("户号_new").is_not_null()
    rows = kept.with_columns(
        pl.when(told).then(pl.col(f"{column}_new")).otherwise(pl.col(column)).alias(column) for column in TERMS
    )
    standing = replace(registry, rows=rows.select(registry.rows.columns))
    return joined(standing, true.filter(pl.Series(~known)), made.person[~known])
