"""What files call their columns: each by its own name, and by what else it was seen to be called."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from kit.tables_in import plain_header

Column = TypeVar("Column", bound=Hashable)


class Headers(Generic[Column]):
    """The columns of a kind of file: each with its headers, its own first; and which of them a file must have."""

    def __init__(self, words: Mapping[Column, Sequence[str]], required: Sequence[Column] = ()) -> None:
        self._own = {column: headers[0] for column, headers in words.items()}
        self._required = required
        others = {plain_header(word): column for column, headers in words.items() for word in headers[1:]}
        # A column's own name comes before what others are also called.
        self._of = others | {plain_header(header): column for column, header in self._own.items()}

    def knows(self, header: str) -> bool:
        """Whether a plain header is one of ours."""
        return header in self._of

    def found(self, headers: Sequence[str]) -> dict[Column, str]:
        """Column → the file's own header; of two headers for one thing the first counts."""
        found: dict[Column, str] = {}
        for header in headers:
            column = self._of.get(plain_header(header))
            if column is not None:
                found.setdefault(column, header)
        return found

    def missing(self, found: Mapping[Column, str]) -> list[str]:
        """The own names of required columns that are not there."""
        return [self._own[column] for column in self._required if column not in found]
