"""大额发放和补发异常: a month's sum over the line, or back-pay of many times the usual month.

Both can be right (a year paid late), so both are asked by telephone.
"""

import polars as pl

from matcher.screens.columns.payments import BACK_PAY_TIMES, LARGE_MONTH_YUAN, PAYMENTS_SINCE
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, month_text, yuan


def _condition(_: Scene) -> pl.Expr:
    return pl.col("large_month") | pl.col("back_paid")


def _reason(scene: Scene) -> pl.Expr:
    line, times = LARGE_MONTH_YUAN.of(scene.parameters), BACK_PAY_TIMES.of(scene.parameters)
    what = pl.concat_str(
        pl.when("large_month").then(
            pl.format(
                "{}单月发放{}元（超过{}元线）", month_text("month_at"), yuan("month_yuan"), pl.lit(f"{line:.10g}")
            )
        ),
        pl.when("back_paid").then(
            pl.format(
                "{}补发{}元（平常每月{}元，超过{}倍）",
                month_text("back_pay_at"),
                yuan("back_pay_yuan"),
                yuan("regular_yuan"),
                pl.lit(f"{times:.10g}"),
            )
        ),
        separator="，",
        ignore_nulls=True,
    )
    return pl.format("{}，请核对发放依据和补发月份。", what)


SCREEN = Screen(
    id="large-payment",
    version="1",
    title="大额发放和补发异常",
    citations=(Citation("泾源县民政局 泾民发〔2021〕32号", "向同一账户频繁支付或大额支付等存疑信息"),),
    population="2018年以来领过救助资金的人员和家庭",
    evidence=("month_at", "month_yuan", "back_pay_at", "back_pay_yuan", "regular_yuan"),
    basis=("month_at", "back_pay_at"),
    records=("month_records", "back_pay_records"),
    condition=_condition,
    logic="单月发放合计超过大额线，或补发金额超过平常每月金额的规定倍数。",
    reason=_reason,
    kind="payment",
    usual_tier="电话核实",
    days=15,
    settings=(PAYMENTS_SINCE, LARGE_MONTH_YUAN, BACK_PAY_TIMES),
    sources=("registry",),
)
