"""What can go wrong with statistics."""

from kit.problems import Problem


class StatisticOfNow(Problem):
    status, code = 422, "statistic-of-now"
    zh = (
        "这项统计不能这样查：它只有现时数，或没有统计期，或不能按当时所知查。每项统计可用哪些参数，见 /statistics "
        "目录的 asks；以往月份的台账请看月度快照（/ledger/snapshots）。"
    )
    en = (
        "This statistic cannot be asked with that: see `asks` in /statistics. For the ledger of past months see "
        "/ledger/snapshots."
    )


class LedgerNotFrozen(Problem):
    status, code = 422, "ledger-not-frozen"
    zh = (
        "{as_of} 的台账没有已签发的月度快照，查不到当时的数。请先冻结并签发该月台账（/ledger/snapshots），或不填日期查"
        "现时数。"
    )
    en = "There is no signed snapshot of the ledger as of {as_of}: freeze and sign that month, or ask without a day."


class PeriodUnfit(Problem):
    status, code = 422, "period-unfit"
    zh = "统计期的起始日不得晚于统计日，也不得超过 {most} 天。请改起始日。"
    en = "A period begins no later than it ends and is no longer than {most} days."
