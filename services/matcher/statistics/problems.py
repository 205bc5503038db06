"""What can go wrong with statistics."""

from kit.problems import Problem


class StatisticOfNow(Problem):
    status, code = 422, "statistic-of-now"
    zh = "这项统计不能这样查：它只有现时数，或没有统计期。每项统计可用哪些参数，见 /statistics 目录的 asks。"
    en = "This statistic cannot be asked with that: see `asks` in /statistics."


class PeriodUnfit(Problem):
    status, code = 422, "period-unfit"
    zh = "统计期的起始日不得晚于统计日，也不得超过 {most} 天。请改起始日。"
    en = "A period begins no later than it ends and is no longer than {most} days."
