"""三留守、事实无人抚养、重残照护: whom somebody should look after, and whose entry is too thin or too old to tell.

Orphans and 事实无人抚养 children without their allowance and without 低保 or 特困; severely disabled people who cannot
look after themselves and have nobody; left-behind people whose entry lacks something or was not renewed in time.
"""

import polars as pl

from matcher.screens.columns.carers import CARE_LEVELS, CARER_FROM, CARER_TO
from matcher.screens.columns.days import birthday
from matcher.screens.columns.groups import ORPHAN_AGE, STALE_MONTHS
from matcher.screens.columns.payments import INSTITUTION_PROGRAMMES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, card_text, death_note


def _parentless(scene: Scene) -> pl.Expr:
    young = (birthday(ORPHAN_AGE.of(scene.parameters)) > pl.lit(scene.as_of)).fill_null(True)
    return pl.col("parentless") & young & ~pl.col("allowance") & ~pl.col("covered")


def _thin() -> pl.Expr:
    return pl.col("group_gaps").is_not_null()


def _condition(scene: Scene) -> pl.Expr:
    return (_parentless(scene) | pl.col("uncared") | _thin()) & ~pl.col("dead")


def _reason(scene: Scene) -> pl.Expr:
    unknown = pl.when("allowance_told").then(pl.lit("")).otherwise(pl.lit("（基本生活费发放情况待核实）"))
    told = pl.concat_str(
        pl.when(_parentless(scene)).then(
            pl.format("{}，没有基本生活费，也没有低保、特困{}", pl.col("groups").fill_null(""), unknown)
        ),
        pl.when("uncared").then(
            pl.format("{}重度残疾，生活不能自理，没有登记照护人，同户也没有能照护的人", card_text())
        ),
        pl.when(_thin()).then(
            pl.format("{}登记信息不完整：{}", pl.col("groups").fill_null(""), pl.col("group_gaps").fill_null(""))
        ),
        separator="；",
        ignore_nulls=True,
    )
    return pl.format("{}。{}", told, death_note())


def _tier(scene: Scene) -> pl.Expr:
    return pl.when(~_parentless(scene) & ~pl.col("uncared")).then(pl.lit("观察"))


SCREEN = Screen(
    id="left-behind-groups",
    version="1",
    title="三留守、事实无人抚养、重残照护",
    citations=(
        Citation("民政部 民函〔2020〕12号", "贫困重度残疾人照护"),
        Citation("民政部 民函〔2020〕12号", "为事实无人抚养儿童发放基本生活费"),
        Citation("民政部 民函〔2020〕12号", "摸底排查农村留守妇女情况"),
        Citation("民政部 民函〔2020〕12号", "信息完整、动态更新的全国留守老年人基础数据库"),
    ),
    population="孤儿、事实无人抚养儿童，生活不能自理的重度残疾人，登记在册的留守儿童、老年人、妇女",
    evidence=(
        *("groups", "parentless", "allowance", "allowance_told", "covered", "group_gaps", "group_updated"),
        *("card_class", "card_grade", "severe", "care_level", "care_agreed", "others_able", "uncared"),
        *("dead", "death_doubted"),
    ),
    basis=("groups", "parentless", "uncared", "care_level", "group_gaps"),
    records=("group_records", "care_level_records"),
    condition=_condition,
    logic=(
        "孤儿、事实无人抚养儿童没有基本生活费且没有低保、特困；或重度残疾、不能自理而没有登记照护人；或留守人"
        "员登记缺项、久未更新。"
    ),
    reason=_reason,
    kind="entitled",
    tier=_tier,
    days=20,
    settings=(STALE_MONTHS, ORPHAN_AGE, CARE_LEVELS, CARER_FROM, CARER_TO, INSTITUTION_PROGRAMMES),
    sources=("left-behind", "registry"),
)
