"""What can go wrong with writing coverage; each leaves everything as it was."""

from kit.problems import Problem


class CoverageOverlaps(Problem):
    status, code = 409, "coverage-overlaps"
    zh = "该人员同期已有保障。请先停止或更正原保障；同类同起保月的用更正。"
    en = "The person is supported at that time already. End or correct that period first."


class CoverageUnfit(Problem):
    status, code = 422, "coverage-unfit"
    zh = "{reason}。未作任何改动。"
    en = "It does not fit what is on record: {reason}. Nothing was changed."


class StandardMissing(Problem):
    status, code = 409, "standard-missing"
    zh = "{area} 在 {on} 没有 {kind} 的标准或规定，请先登记标准。"
    en = "No {kind} is on record for {area} on {on}. Put the standard first."


class PhaseOutUnfit(Problem):
    status, code = 422, "phase-out-unfit"
    zh = "不符合渐退条件：人均月收入须高于低保标准 {standard_fen} 分且低于其 {factor} 倍（均不含本数）。"
    en = "No phase-out: income per head lies strictly between the standard ({standard_fen} fen) and {factor} times it."


class PhaseOutMonths(Problem):
    status, code = 422, "phase-out-months"
    zh = "渐退期须为 {least} 至 {most} 个月。"
    en = "A phase-out lasts {least} to {most} months."


class NotOwed(Problem):
    status, code = 422, "nothing-owed"
    zh = "按标准 {standard_fen} 分、保障 {people} 人和所报收入计算，补助金额为零，不能恢复正常救助。"
    en = "With a standard of {standard_fen} fen, {people} people and that income nothing is owed."
