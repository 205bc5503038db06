"""发放户名不一致: support paid to somebody who is neither the person, the head, the household nor a filed custodian.

Names are compared by the registry as people write them; what is left is a stranger's account, since the day the audit
begins. The months after a death in the household are none: the account is changed then.
"""

import polars as pl

from matcher.screens.columns.accounts import PAYEE_GRACE_MONTHS, PAYEES_EXCUSED
from matcher.screens.columns.payments import INSTITUTION_PROGRAMMES, PAYMENTS_SINCE
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, month_text, yuan


def _condition(_: Scene) -> pl.Expr:
    return pl.col("paid_to_other")


def _reason(_: Scene) -> pl.Expr:
    return pl.format(
        "{}至{}共{}笔{}元发到“{}”的账户，不是本人、户主、同户成员或已备案的代管人，请核对开户人与对象的关系并予纠正。",
        month_text("other_since"),
        month_text("other_until"),
        pl.col("other_payments"),
        yuan("other_yuan"),
        pl.col("other_payee").replace("", None).fill_null("户名不详"),
    )


SCREEN = Screen(
    id="payee-differs",
    version="1",
    title="发放户名不一致",
    citations=(
        Citation(
            "泾源县民政局 泾民发〔2021〕32号",
            "对2018年以来低保金发放台账进行梳理排查，发现发放账户与低保对象姓名不一致",
        ),
        Citation("泾源县民政局 泾民发〔2021〕32号", "要及时开展复核纠正"),
    ),
    population="2018年以来领过救助资金的人员和家庭",
    evidence=("other_payee", "other_accounts", "other_since", "other_until", "other_yuan", "other_payments"),
    basis=("other_payee", "other_accounts"),
    moving=("other_until", "other_yuan", "other_payments"),
    records=("payee_records",),
    condition=_condition,
    logic=(
        "自审计起始日以来，款项发到既不是本人、户主、同户成员，也不是已备案代管人的账户（姓名归一后比较）；户"
        "主死亡后宽限月数内的除外。"
    ),
    reason=_reason,
    kind="payment",
    days=15,
    settings=(PAYMENTS_SINCE, PAYEES_EXCUSED, PAYEE_GRACE_MONTHS, INSTITUTION_PROGRAMMES),
    sources=("registry",),
    urgency=lambda _: pl.lit(60, dtype=pl.Int32),
)
