"""Wrong support: what visits proved, what was stopped, how many months and how much was overpaid and came back."""

from sqlalchemy import select
from sqlmodel import col

from kit.scope import in_part
from registry.ledger import states
from registry.ledger.tables import Case, CaseItem
from registry.money.recoveries import claims
from registry.payments import unowed
from registry.payments.tables import Payment
from registry.registers import store
from registry.registers.api import subtree
from registry.registers.telling import contents
from registry.statistics.ground import AREA, NAME, Figures, Span, Statistic, count, money, share
from registry.statistics.sums import Tally
from registry.times import Asked, believed

PROVEN, UNPROVEN = ("W1", "W2"), ("W3", "W4", "W5")
_COLUMNS = (
    count("proven", "本期核实属实人数"), count("unproven", "本期核实不属实人数"), count("stopped", "本期停发人数"),
    count("claims", "多发户（人）数"), count("months", "多发月数"), money("overpaid_fen", "多发金额"),
    money("recovered_fen", "已追回"), money("outstanding_fen", "尚未追回"), share("recovered_share", "追回率"),
)  # fmt: skip


def _wrong_support(ground: Span) -> Figures:
    found = Tally(_COLUMNS, {"recovered_share": ("recovered_fen", "overpaid_fen")})
    _visits(ground, found)
    _money(ground, found)
    return found.figures(ground)


def _visits(ground: Span, found: Tally) -> None:
    query = (
        select(
            col(Case.area), col(CaseItem.code), col(CaseItem.reported_on), col(CaseItem.settled_on),
            col(CaseItem.closed_reason),
        )
        .join(Case, col(Case.case_id) == col(CaseItem.case_id))
        .where(ground.inside(col(Case.area)), col(CaseItem.code).in_([*PROVEN, *UNPROVEN]))
    )  # fmt: skip
    for area, code, reported, settled, reason in ground.session.execute(query):
        told = ground.holds(reported)
        found.add(
            ground.unit(area),
            proven=int(told and code in PROVEN),
            unproven=int(told and code in UNPROVEN),
            stopped=int(code in PROVEN and reason == states.NOW_STOPPED and ground.holds(settled)),
        )


def _money(ground: Span, found: Tally) -> None:
    """What the list of recoveries has, of payments for months until the day's."""
    part = subtree(ground.area)
    asked = Asked(known_at=ground.known_at)
    clauses = [*believed(Payment, asked), col(Payment.month) <= f"{ground.day:%Y-%m}"]
    if part is not None:
        clauses.append(in_part(ground.caller, col(Payment.area), part))
    entries = [
        opened
        for opened in contents(ground.clerk, store.live(ground.clerk, "recovery", part, asked))
        if opened[1].values["found_on"] <= ground.day.isoformat()
    ]
    for one in claims(unowed.find(ground.session, ground.caller, clauses, asked), entries):
        overpaid = max(one.overpaid, one.registered)
        found.add(
            ground.unit(one.area), claims=1, months=len(one.months), overpaid_fen=overpaid,
            recovered_fen=one.recovered, outstanding_fen=one.outstanding,
        )  # fmt: skip


WRONG_SUPPORT = Statistic(
    "wrong-support",
    "错保核查与追回",
    "按下一级区划统计。核实属实：现行核查结果为“属实，停发”“属实，整户核减或换户主”，不属实：为“已停”“不属实”“合理维持"
    "”，均按报告日计入本期；停发：属实的对象中，民政导入已不再显示享受、在本期办结的。多发、追回为截至统计日累计：停保"
    "月份之后或死亡月份之后仍发放的（银行退回的不算），按户（无户的按人）和救助类别合并，连同追回登记簿所记；两处金额"
    "不同的取大。多发月数为发放记录里的月数；追回以登记簿为准。",
    (AREA, NAME, *_COLUMNS),
    _wrong_support,
    asks=("as_of", "since", "known_at"),
)
