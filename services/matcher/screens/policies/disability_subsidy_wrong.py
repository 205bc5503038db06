"""两项补贴疑似错发: paid to somebody who died, whose card proves nothing any more, or to whom it does not belong.

Nothing here stops a payment. A death that may be somebody else's, or one whose last payment may be on its way, is asked
by telephone. Of whom no card is known at all nothing is said: the card may stand in a feed nobody delivered.
"""

import polars as pl

from matcher.screens.columns.deaths import DOUBTFUL
from matcher.screens.columns.settings import DEATH_GRACE_MONTHS
from matcher.screens.columns.subsidies import CARE_GRADES, EXCLUDED_PROGRAMMES, LIVING_PROGRAMMES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen

_STATES = {"frozen": "冻结", "expired": "过期", "cancelled": "注销"}


def _paid() -> pl.Expr:
    return pl.col("living_paid") | pl.col("care_paid")


def _died() -> pl.Expr:
    return pl.col("died_before") | pl.col("doubted_before") | pl.col("disputed_before")


def _no_ground() -> pl.Expr:
    """The living subsidy without the support it goes with; suspended support may come back and is no reason."""
    return pl.col("living_paid") & ~pl.col("living_base")


def _no_grade() -> pl.Expr:
    return pl.col("care_paid") & pl.col("card_held") & ~pl.col("care_due")


def _twice() -> pl.Expr:
    return _paid() & (pl.col("subsidy_excluded") | pl.col("orphan"))


def _condition(_: Scene) -> pl.Expr:
    return (_paid() & (_died() | pl.col("card_lost"))) | _no_ground() | _no_grade() | _twice()


def _reason(_: Scene) -> pl.Expr:
    kinds = pl.concat_str(
        pl.when("living_paid").then(pl.lit("困难残疾人生活补贴")),
        pl.when("care_paid").then(pl.lit("重度残疾人护理补贴")),
        separator="、",
        ignore_nulls=True,
    )
    state = pl.col("card_lost_status").replace_strict(_STATES, default="失效", return_dtype=pl.String).fill_null("失效")
    month = pl.col("died").dt.strftime("%Y年%-m月").fill_null("（日期不详）")
    why = pl.concat_str(
        pl.when("doubted_before").then(pl.lit("有一条死亡记录疑似本人，请电话问清")),
        pl.when("disputed_before").then(pl.format("各部门对是否在世说法不一（{}），请电话问清", "death_conflict")),
        pl.when("died_before").then(pl.format("登记于{}死亡", month)),
        pl.when("card_lost").then(pl.format("残疾人证已{}", state)),
        pl.when(_no_ground() & ~_twice()).then(pl.lit("已不在低保，不再符合生活补贴条件")),
        pl.when(_no_grade()).then(pl.lit("残疾等级不符合护理补贴条件")),
        pl.when(pl.col("subsidy_excluded") & _paid()).then(pl.lit("已享受特困供养，不应叠加")),
        pl.when(pl.col("orphan") & _paid()).then(pl.lit("已纳入孤儿保障，不应叠加")),
        separator="；",
        ignore_nulls=True,
    )
    return pl.format("仍在领取{}：{}；核实前不得停发。", kinds, why)


def _tier(scene: Scene) -> pl.Expr:
    sure = pl.col("died_before") & ~(pl.col("months_since") <= DEATH_GRACE_MONTHS.of(scene.parameters)).fill_null(False)
    return pl.when(sure & (pl.col("death_confidence") != DOUBTFUL)).then(pl.lit("必访"))


SCREEN = Screen(
    id="disability-subsidy-wrong",
    version="1",
    title="两项补贴疑似错发",
    citations=(
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "既不能错保，更不能漏保"),
        Citation("民政部办公厅 民办函〔2020〕21号", "虚报冒领、截留私分、挤占挪用"),
    ),
    population="正在领取困难残疾人生活补贴、重度残疾人护理补贴的人员",
    evidence=(
        *("living_paid", "care_paid", "died_month", "months_since", "doubted_before", "disputed_before"),
        *("death_confidence", "card_lost", "card_lost_status"),
        *("card_class", "card_grade", "living_base", "care_due", "subsidy_excluded", "orphan"),
    ),
    basis=(
        "living_paid",
        "care_paid",
        "died_month",
        "doubted_before",
        "disputed_before",
        "card_lost_status",
        "subsidy_excluded",
        "orphan",
    ),
    moving=("months_since",),
    records=("living_records", "care_records", "death_records", "card_lost_records"),
    condition=_condition,
    logic=(
        "名单上仍在领取，而有死亡记录、残疾人证已冻结或注销、已不在低保（生活补贴）、等级不符（护理补贴），或"
        "与特困、孤儿保障叠加。没有任何残疾人证信息的不判断；核实前不停发。"
    ),
    reason=_reason,
    kind="subsidy",
    usual_tier="电话核实",
    tier=_tier,
    days=20,
    settings=(LIVING_PROGRAMMES, CARE_GRADES, EXCLUDED_PROGRAMMES),
    sources=("disability-subsidies",),
)
