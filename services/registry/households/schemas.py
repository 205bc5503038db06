"""Households on the wire."""

from datetime import date

from pydantic import BaseModel


class MemberOut(BaseModel):
    """One member: which person, in which place, since when."""

    person_id: str
    name: str
    relation: str | None
    is_head: bool
    valid_from: date


class HouseholdOut(BaseModel):
    """A household with those who belong to it."""

    household_id: str
    number: str
    area: str
    members: list[MemberOut]
