"""The registry's people as linking needs them: encoded once, kept in this process, and on disk for the next.

What changed is laid over what is there. On disk lies only what the base of the snapshot says: of the changes beside it
there are few, and they are read again in a moment.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

import china
from kit.logs import get_logger
from matcher import linkage
from matcher.frames import IDENTITY, empty
from matcher.linkage.index import IndexStale, PeopleIndex
from matcher.people import snapshot
from matcher.people.index_files import IndexFiles
from matcher.people.snapshot import PEOPLE, PeopleFiles

_log = get_logger("encoded_people")


@dataclass
class EncodedPeople:
    """One process's encoded people; not for several threads."""

    people: PeopleFiles
    files: IndexFiles
    _of: tuple[str, ...] = ()
    _areas: str = ""
    _index: PeopleIndex | None = None

    def index(self, names: Sequence[str], areas: pl.DataFrame) -> PeopleIndex:
        """Everybody alive according to the snapshot's files. `areas`: see `linkage.clean`. Only for the holder of the
        standing row, since it writes."""
        wanted, print_ = tuple(names), areas_print(areas)
        index, known = self._index, len(self._of)
        if index is None or not known or print_ != self._areas or wanted[:known] != self._of:
            if not wanted:
                return PeopleIndex.of(empty(IDENTITY), areas)
            index, known = self.base(wanted[0], areas, keep=True), 1
        if wanted[known:]:
            delta = _latest([self.people.vault.get_frame(name) for name in wanted[known:]])
            delta = snapshot.altered(self.people.read(wanted[:known]), delta)
            index = index.changed(delta["person_id"], snapshot.identities(snapshot.alive(delta)), areas)
        self._index, self._of, self._areas = index, wanted, print_
        return index

    def base(self, name: str, areas: pl.DataFrame, *, keep: bool) -> PeopleIndex:
        """The people of one base file of the snapshot, row for row `snapshot.identities` of it. `keep`: write down what
        had to be made."""
        kept = hashlib.sha256(f"{name}\n{areas_print(areas)}\n{code_print()}".encode()).hexdigest()[:32]
        found = self.files.read(kept)
        if found is not None:
            try:
                return PeopleIndex.load(found)
            except IndexStale:
                _log.info("index_stale")
        index = PeopleIndex.of(snapshot.identities(self.people.read([name])), areas)
        if keep:
            self.files.write(kept, index.dump())
            self.files.sweep(kept)
        _log.info("people_encoded", people=index.people)
        return index


def _latest(deltas: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Several change files as one: the last word about each person, also about those who are gone."""
    told = pl.DataFrame(schema=PEOPLE)
    for delta in deltas:
        told = pl.concat([told.join(delta, on="person_id", how="anti"), delta])
    return told


@lru_cache(maxsize=1)
def code_print() -> str:
    """What encodes, and what it knows: another release may read the same cell otherwise."""
    told = hashlib.sha256()
    for package in (china, linkage):
        for file in sorted(Path(package.__path__[0]).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                told.update(file.read_bytes())
    return told.hexdigest()


def areas_print(areas: pl.DataFrame) -> str:
    """Equal for divisions that encode alike."""
    told = areas.select("code", "name").write_csv(include_header=False)
    return hashlib.sha256(told.encode()).hexdigest()
