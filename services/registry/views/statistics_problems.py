"""What can go wrong with statistics."""

from kit.problems import Problem


class StatisticOfNow(Problem):
    status, code = 422, "statistic-of-now"
    zh = (
        "这项统计只有现时数。以往月份的台账请看月度快照（/ledger/snapshots）；在保情况和低收入类别可按 as_of、"
        "known_at 查。"
    )
    en = (
        "This statistic is of now alone. For the ledger of past months see /ledger/snapshots; coverage and categories "
        "take as_of and known_at."
    )
