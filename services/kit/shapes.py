"""Codes of divisions and months as the doors take them. Anything else is refused before a store is asked."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field, StringConstraints

# [0-9], not \d: that takes the digits of every script, and what is kept is compared as text.
TWELVE = r"^[0-9]{12}$"
MONTH = r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"  # within the years a calendar can be reckoned in
IN_WORDS = {
    TWELVE: "须为 12 位数字的区划代码 (the 12 digits of a division's code)",
    MONTH: "须为年月，如 2021-06 (a month like 2021-06)",
}
Month = Annotated[str, Field(pattern=MONTH, description="YYYY-MM")]
AreaCode = Annotated[str, StringConstraints(pattern=TWELVE)]
AreaInPath = Annotated[AreaCode, Path()]
AskedArea = Annotated[AreaCode, Query(description="12-digit code")]
UnderArea = Annotated[AreaCode | None, Query(description="12-digit code; its whole subtree")]
OwnArea = Annotated[AreaCode | None, Query(description="12-digit code; the caller's own by default")]
