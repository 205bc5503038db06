"""The six categories of low-income people, in the order of 国办发〔2023〕39号, and what they are known by where no area
has said otherwise. Names and order differ by province: both are data, these are only what holds before anybody spoke.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

CategoryCode = Literal["1", "2", "3", "4", "5", "6"]
BASIS = "国办发〔2023〕39号"


@dataclass(frozen=True)
class KnownBy:
    """What puts somebody into a category: any of these.

    `programmes`: a period of support that runs, suspended or not; with `whole_household` every member of its household.
    `monitored`: membership in a household that monitoring takes for that. `outcomes`: a visit's result, for so many
    months.
    """

    programmes: tuple[str, ...] = ()
    whole_household: bool = False
    monitored: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    months: int = 12

    def stored(self) -> dict[str, Any]:
        """As the table keeps it."""
        return {
            "programmes": list(self.programmes),
            "whole_household": self.whole_household,
            "monitored": list(self.monitored),
            "outcomes": list(self.outcomes),
            "months": self.months,
        }

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "KnownBy":
        """As the table kept it."""
        return cls(
            tuple(stored["programmes"]),
            stored["whole_household"],
            tuple(stored["monitored"]),
            tuple(stored["outcomes"]),
            stored["months"],
        )


@dataclass(frozen=True)
class Meaning:
    """What a category is called, how it ranks (somebody is counted at the highest, 1), and what it is known by."""

    title: str
    rank: int
    known_by: KnownBy = field(default_factory=KnownBy)


SHIPPED: dict[str, Meaning] = {
    "1": Meaning("最低生活保障对象", 1, KnownBy(("dibao-rural", "dibao-urban"))),
    "2": Meaning("特困人员", 2, KnownBy(("tekun-home", "tekun-institution"))),
    "3": Meaning("防止返贫监测对象", 3, KnownBy(monitored=("unstable", "marginal", "sudden"))),
    "4": Meaning("最低生活保障边缘家庭成员", 4, KnownBy(("dibao-margin",), whole_household=True)),
    "5": Meaning("刚性支出困难家庭成员", 5, KnownBy(("rigid-expenditure",), whole_household=True)),
    "6": Meaning("其他困难人员", 6, KnownBy(outcomes=("18",))),
}
