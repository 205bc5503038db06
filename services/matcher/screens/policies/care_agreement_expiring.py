"""照料服务协议到期: the agreement that holds ends within the days of notice, and none follows it."""

import polars as pl

from matcher.screens.columns.care import AGREEMENT_NOTICE_DAYS, HOME_CARE_PROGRAMMES, TEKUN_PROGRAMMES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text


def _condition(_: Scene) -> pl.Expr:
    """An incomplete one is missing already."""
    ends = pl.col("agreement_expiring") & pl.col("agreement_valid") & ~pl.col("agreement_renewed")
    return pl.col("cared_at_home") & ends & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    return pl.format(
        "分散供养特困人员的委托照料服务协议{}到期（还有{}天），请提前续签。",
        day_text("agreement_until"),
        pl.col("agreement_days"),
    )


SCREEN = Screen(
    id="care-agreement-expiring",
    version="1",
    title="照料服务协议到期",
    citations=(
        Citation("民政部办公厅 民办函〔2020〕21号", "签订委托照料服务协议以及委托照料服务落实情况"),
        Citation(
            "吉林省民政厅 实施意见（2020-04-01）",
            "特困人员和照料服务人（监护人）基本信息、生活自理能力认定类别、照料服务内容、要求、权利义务、违约责任、"
            "协议期限及监督举报电话",
        ),
    ),
    population="正在享受分散供养、照料服务协议将到期的特困人员",
    evidence=("cared_at_home", "agreement_until", "agreement_days", "agreement_renewed", "dead"),
    basis=("agreement_until",),
    moving=("agreement_days",),
    records=("agreement_records",),
    condition=_condition,
    logic="分散供养特困人员有效的照料服务协议在提醒天数内到期，且没有续签。",
    reason=_reason,
    kind="care",
    usual_tier="电话核实",
    days=20,
    settings=(AGREEMENT_NOTICE_DAYS, HOME_CARE_PROGRAMMES, TEKUN_PROGRAMMES),
    sources=("registry",),
)
