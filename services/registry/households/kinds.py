"""The three notions of household, and the key by which one is unique in its county."""

from typing import Literal

HouseholdKind = Literal["assistance", "hukou", "monitored"]
ASSISTANCE = "assistance"  # 共同生活家庭: whose income is counted together; what the civil affairs system imports
HUKOU = "hukou"  # who stands in one 户口簿, wherever they live
MONITORED = "monitored"  # who shares a 户编号 of 防返贫 monitoring
TITLES = {ASSISTANCE: "救助家庭", HUKOU: "户口", MONITORED: "防返贫监测户"}
# What monitoring takes a household for; `removed`: the risk is, and it is watched no longer.
MonitoredAs = Literal["unstable", "marginal", "sudden", "removed"]
MONITORED_AS = {
    "unstable": "脱贫不稳定户",
    "marginal": "边缘易致贫户",
    "sudden": "突发严重困难户",
    "removed": "风险已消除",
}


def key_of(kind: str, number: str) -> str:
    """The number as the county's key: the three systems count by themselves, and civil affairs' own 户号 is the bare
    one, by which imports and payouts find their households."""
    return number if kind == ASSISTANCE else f"{kind}:{number}"


def number_of(kind: str, key: str) -> str:
    """The number as its system writes it."""
    return key if kind == ASSISTANCE else key.removeprefix(f"{kind}:")
