"""Whether the holder of an account is whom the money is for (A3). Pure.

Names are compared after cleaning (width, blanks, variants of characters): 张 三 is 张三. A head of the household, now
or formerly, may hold it, and so may a member: that is told apart from a stranger.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from china.names import name_keys

PayeeIs = Literal["same", "head", "member", "other", "unstated"]


@dataclass(frozen=True)
class Kin:
    """Names of a household's heads and of all its members, now or formerly."""

    heads: Collection[str]
    members: Collection[str]


NOBODY = Kin((), ())


def payees_are(rows: Sequence[tuple[str, str | None, str | None]], kin: Mapping[str, Kin]) -> list[PayeeIs]:
    """Of (beneficiary, payee, household_id) each: who the payee is."""
    names = {one for name, payee, _ in rows for one in (name, payee) if one is not None}
    names |= {one for those in kin.values() for one in (*those.heads, *those.members)}
    plain = _folded(sorted(names))
    return [_payee_is(plain, name, payee, kin.get(household or "", NOBODY)) for name, payee, household in rows]


def _payee_is(plain: Mapping[str, str], name: str, payee: str | None, kin: Kin) -> PayeeIs:
    if payee is None:
        return "unstated"
    if plain[payee] == plain[name]:
        return "same"
    if plain[payee] in {plain[one] for one in kin.heads}:
        return "head"
    return "member" if plain[payee] in {plain[one] for one in kin.members} else "other"


def _folded(names: Sequence[str]) -> dict[str, str]:
    keys = name_keys(pl.Series(names, dtype=pl.String))["folded"]
    return {name: key or name for name, key in zip(names, keys, strict=True)}
