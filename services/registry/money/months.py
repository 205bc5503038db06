"""Months as these calls are asked for: within the years a calendar can be reckoned in."""

from typing import Annotated

from fastapi import Query

Month = Annotated[str, Query(pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$", description="YYYY-MM")]
