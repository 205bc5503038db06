"""同一账户多户领款: one account takes money in for several households, or more payments a month than one household's.

Everybody paid into it is listed, for nobody can tell from the ledger whose account it is; whoever bears its name is
only asked by telephone. A filed custodian's account is another screen's.
"""

import polars as pl

from matcher.screens.columns.accounts import ACCOUNT_PAYMENTS_A_MONTH, SHARED_ACCOUNT_HOUSEHOLDS
from matcher.screens.columns.payments import INSTITUTION_PROGRAMMES, PAYMENTS_SINCE
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, month_text


def _condition(_: Scene) -> pl.Expr:
    return pl.col("account_shared") | pl.col("account_busy")


def _reason(_: Scene) -> pl.Expr:
    what = pl.concat_str(
        pl.when("account_shared").then(
            pl.format("领款账户同时为{}户{}人领取救助资金", pl.col("account_households"), pl.col("account_people"))
        ),
        pl.when("account_busy").then(
            pl.format("领款账户在{}一个月内收到{}笔", month_text("account_month"), pl.col("account_payments"))
        ),
        separator="，",
        ignore_nulls=True,
    )
    return pl.format("{}，请核对账户由谁持有、钱是否到了本人手里。", what)


def _tier(_: Scene) -> pl.Expr:
    return pl.when(pl.col("holds_account") | ~pl.col("account_shared")).then(pl.lit("电话核实"))


SCREEN = Screen(
    id="shared-account",
    version="1",
    title="同一账户多户领款",
    citations=(Citation("泾源县民政局 泾民发〔2021〕32号", "向同一账户频繁支付或大额支付等存疑信息"),),
    population="2018年以来领过救助资金的人员和家庭，机构代收、已备案代管的除外",
    evidence=(
        *("shared_account", "account_households", "account_people", "holds_account", "account_payments"),
        "account_month",
    ),
    basis=("shared_account",),
    moving=("account_households", "account_people", "account_payments", "account_month"),
    records=("shared_records", "busy_records"),
    condition=_condition,
    logic="同一账户领取两个以上不同户的保障金（达到规定户数），或一个月内入账笔数超过规定。",
    reason=_reason,
    tier=_tier,
    kind="payment",
    days=15,
    settings=(PAYMENTS_SINCE, SHARED_ACCOUNT_HOUSEHOLDS, ACCOUNT_PAYMENTS_A_MONTH, INSTITUTION_PROGRAMMES),
    sources=("registry",),
)
