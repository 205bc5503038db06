"""财产身份与在保不符: covered on the day, with a company, a vehicle or a public payroll in the person's name.

A post of public welfare (公益性岗位) is support and no payroll; the vehicle of a disabled person is none. A company may
be a cooperative that lent the name, a payroll a village cadre's allowance: what it is only the visit can say.
"""

import polars as pl

from matcher.screens.columns.property import CONFLICTING, ON_PAYROLL
from matcher.screens.columns.sources import SOURCE_ORDER
from matcher.screens.parameters import Flag
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, programme_text

DISABLED_DRIVE = Flag("disabled_vehicle_excused", "持有效残疾人证者名下的车辆不算")


def _vehicle(scene: Scene) -> pl.Expr:
    """What is told of vehicles that count."""
    excused = pl.col("has_card") if DISABLED_DRIVE.of(scene.parameters) else pl.lit(False)
    return pl.when(~excused).then("vehicle_text")


def _condition(scene: Scene) -> pl.Expr:
    found = pl.col("property_text").is_not_null() | _vehicle(scene).is_not_null()
    return pl.col("covered") & ~pl.col("dead") & found


def _reason(scene: Scene) -> pl.Expr:
    what = pl.concat_str("property_text", _vehicle(scene), separator="、", ignore_nulls=True)
    asked = (
        pl.when("payroll_disputed")
        .then(pl.format("来源说法不一（{}），请电话问清是财政供养还是公益性岗位", "payroll_conflict"))
        .otherwise(pl.lit("请核实是否本人实际所有、是否仍符合条件"))
    )
    return pl.format(
        "{}显示名下有{}，正在享受{}。{}；未核实前不得停发。", "property_sources", what, programme_text(), asked
    )


def _tier(scene: Scene) -> pl.Expr:
    # What is disputed decides nothing alone; beside a company or a vehicle it need not.
    alone = pl.col("payroll_only") & _vehicle(scene).is_null()
    return pl.when(pl.col("payroll_disputed") & alone).then(pl.lit("电话核实"))


SCREEN = Screen(
    id="covered-in-conflict",
    version="1",
    title="财产身份与在保不符",
    citations=(
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "既不能错保，更不能漏保"),
        Citation("吉林省民政厅 实施意见（2020-04-01）", "进一步规范家庭经济状况核算方法"),
    ),
    population="正在享受低保、特困，名下有企业、车辆或为财政供养人员的人员",
    evidence=(
        *("programme", "form", "household_size", "property_text", "vehicle_text", "property_sources"),
        *("payroll_disputed", "payroll_conflict", "card_class", "card_grade"),
    ),
    basis=("property_text", "vehicle_text", "programme"),
    records=("property_records", "vehicle_records", "coverage_sources"),
    condition=_condition,
    logic="在保，而核对报告显示有企业登记、车辆（残疾人代步车除外）、财政供养或超限存款；公益性岗位不算。是否财政供养说法不一、别无其他的，只作电话核实。",
    kind="wrongly-covered",
    settings=(CONFLICTING, ON_PAYROLL, DISABLED_DRIVE, SOURCE_ORDER),
    sources=("economic-check", "staff-roster"),
    reason=_reason,
    tier=_tier,
)
