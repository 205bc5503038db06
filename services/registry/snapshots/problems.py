"""What can go wrong with frozen ledgers."""

from kit.problems import Problem


class MonthNotBegun(Problem):
    status, code = 422, "month-not-begun"
    zh = "{month} 尚未开始，不能冻结。请填本月或以前的月份。"
    en = "{month} has not begun. Freeze the present month or an earlier one."


class SnapshotSigned(Problem):
    status, code = 409, "snapshot-signed"
    zh = "该月台账快照已签发。更正请重新冻结，另编新号。"
    en = "This snapshot has been signed off. To correct it, freeze the month again under a new number."


class SnapshotUnsigned(Problem):
    status, code = 409, "snapshot-unsigned"
    zh = "快照尚未签发，不能上报。请先由另一人签发。"
    en = "The snapshot is not signed off; another person signs it first, then it is reported."


class SnapshotReported(Problem):
    status, code = 409, "snapshot-reported"
    zh = "该快照已上报。"
    en = "This snapshot has been reported already."


class SnapshotBroken(Problem):
    status, code = 409, "snapshot-broken"
    zh = "快照内容与其指纹不符，不能签发或上报。请立即联系管理员，并保留数据库现状。"
    en = "The snapshot does not fit its digest. Do not use it; keep the database as it is and call the administrator."
