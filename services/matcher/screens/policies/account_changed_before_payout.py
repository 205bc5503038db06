"""发放前变更账户: the account was changed so shortly before a payout that nobody can have looked at it.

By hand is what the risk is about; a change that came with a whole file is mostly a bank's new cards.
"""

import polars as pl

from matcher.screens.columns.payments import ACCOUNT_CHANGE_DAYS, PAYMENTS_SINCE
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, month_text


def _condition(_: Scene) -> pl.Expr:
    return pl.col("account_changed")


def _reason(_: Scene) -> pl.Expr:
    how = pl.when("changed_by_hand").then(pl.lit("手工变更")).otherwise(pl.lit("随批量导入变更"))
    return pl.format(
        "{}发放前{}天{}了领款账户，请核对变更依据、经手人和新账户开户人。",
        month_text("changed_in"),
        pl.col("changed_days"),
        how,
    )


def _tier(_: Scene) -> pl.Expr:
    return pl.when("changed_by_hand").then(pl.lit("必访"))


SCREEN = Screen(
    id="account-changed-before-payout",
    version="1",
    title="发放前变更账户",
    citations=(Citation("吉林省民政厅 实施意见（2020-04-01）", "系统操作、证折发放、补助金代领等方面存在的风险点"),),
    population="2018年以来变更过领款账户的人员和家庭",
    evidence=("changed_in", "changed_days", "changed_by_hand", "changed_by"),
    basis=("changed_in", "changed_by_hand"),
    records=("change_records",),
    condition=_condition,
    logic="领款账户变更距首次发放不超过规定天数；手工变更的必访，随批量导入的只作观察。",
    reason=_reason,
    tier=_tier,
    kind="payment",
    usual_tier="观察",
    days=15,
    settings=(PAYMENTS_SINCE, ACCOUNT_CHANGE_DAYS),
    sources=("registry",),
)
