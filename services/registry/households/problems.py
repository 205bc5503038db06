"""What can go wrong with households."""

from kit.problems import Problem


class HouseholdExists(Problem):
    status, code = 409, "household-exists"
    zh = "本县已有这一户号的{title}。未作任何改动。"
    en = "The county has a household of that kind with this number already. Nothing was changed."


class LinkUnfit(Problem):
    status, code = 422, "link-unfit"
    zh = "只能关联两种不同口径的户（救助家庭、户口、防返贫监测户）。"
    en = "Only households of two different notions can be linked."


class MonitoredUnfit(Problem):
    status, code = 422, "monitored-unfit"
    zh = "monitored_as 只用于防返贫监测户，且防返贫监测户必填。"
    en = "`monitored_as` is said of monitored households, and of every one of them."
