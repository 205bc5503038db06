"""How a person's number and telephone are kept, sealed for reading and blind for finding; and who is told them."""

from collections.abc import Iterable

import polars as pl

from kit.auth import Caller
from kit.crypto import KeyRing

ID_NUMBER = "person.id_number"
PHONE = "person.phone"


def seal(ring: KeyRing, text: str | None, context: str) -> str | None:
    """The sealed form of `text`, or None."""
    return None if text is None else ring.encrypt(text, context)


def unseal(ring: KeyRing, sealed: str | None, context: str) -> str | None:
    """Undo `seal`."""
    return None if sealed is None else ring.decrypt(sealed, context)


def seal_column(ring: KeyRing, texts: pl.Series, context: str) -> pl.Series:
    """`seal` of a whole column."""
    return pl.Series(texts.name, ring.encrypt_all(texts, context), dtype=pl.String)


def unseal_column(ring: KeyRing, sealed: pl.Series, context: str) -> pl.Series:
    """`unseal` of a whole column."""
    return pl.Series(sealed.name, ring.decrypt_all(sealed, context), dtype=pl.String)


def blind(ring: KeyRing, text: str | None, context: str) -> str | None:
    """The blind index of `text`, or None. The text must be cleaned before, or equal numbers will not meet."""
    return None if text is None else ring.blind(text, context)


def forms(ring: KeyRing, texts: Iterable[str], context: str) -> dict[str, str]:
    """Every form in which one of `texts` may stand in a blind index, and the text it stands for."""
    return {form: text for text in texts for form in ring.blinds(text, context)}


def follows(caller: Caller) -> bool:
    """Between the services identity travels under its own scope; a human reveals under its own purpose and reason."""
    return "registry:follow" in caller.scopes
