"""What somebody who asks about people may be told instead of an answer."""

from typing import ClassVar

from kit.problems import Problem


class PeopleUnknown(Problem):
    """The registry's people have not been fetched yet."""

    status, code = 503, "people-unknown"
    zh = "尚未取得登记人员名单，暂时无法比对。请稍后重试。"
    en = "The registry's people have not been fetched yet. Try again later."
    headers: ClassVar[dict[str, str]] = {"Retry-After": "30"}


class NoCandidate(Problem):
    """A record nobody in the registry comes near."""

    status, code = 404, "no-candidate"
    zh = "登记人员中没有人与这条记录相近，没有可以说明的一对。"
    en = "Nobody in the registry comes near this record: there is no pair to explain."


class CivilAffairsOnly(Problem):
    """A feeding agency may push what it knows and never ask who is in the registry."""

    status, code = 403, "civil-affairs-only"
    zh = "仅民政部门可以查询比对。其他部门请推送数据。"
    en = "Only civil affairs may query. Other agencies push their data."


class PurposeMissing(Problem):
    """Who looks at people says what for."""

    status, code = 403, "purpose-missing"
    zh = "令牌没有写明用途。请申请带用途（purpose）的令牌。"
    en = "The token names no purpose. Get one that does."
