"""The people a query is held against, kept encoded in this process and brought up to date when the snapshot moves.

What changed is laid over what is there; only a rewritten snapshot or another model is read anew. A thread of its own
looks for that, and callers are answered from what stood a moment ago; where no such thread runs (tests, or it fell
behind), a caller looks and renews, and the others do not wait.
"""

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import polars as pl
from sqlmodel import col, select

from kit.database import glance, reading
from kit.logs import get_logger
from matcher.flows.desk import Desk
from matcher.flows.encoded_people import EncodedPeople
from matcher.flows.models_in_force import model_in_force
from matcher.frames import IDENTITY
from matcher.linkage.known_people import KnownPeople
from matcher.models.tables import ModelRow
from matcher.people import snapshot
from matcher.people.index_files import IndexFiles
from matcher.people.problems import PeopleUnknown
from matcher.people.snapshot import PeopleFiles
from matcher.people.tables import STANDING, Standing
from matcher.places import store as places

_log = get_logger("warm_people")
LOOK_SECONDS = 0.2  # between two looks whether people or model are others
TRUSTED_SECONDS = 5.0  # how long a look counts for callers: of a thread that hangs they notice
STOP_SECONDS = 1.0
_IN_FORCE = select(ModelRow.version).where(col(ModelRow.active)).limit(1).scalar_subquery()
_WANTED = select(Standing.files, _IN_FORCE).where(col(Standing.id) == STANDING)


@dataclass
class WarmPeople:
    """One process's people. Several threads ask at once."""

    desk: Desk
    _known: KnownPeople | None = None
    _files: tuple[str, ...] = ()
    _version: str = ""
    _renewing: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _looked: float = field(default=float("-inf"), repr=False)  # when the thread last began to look

    def now(self) -> KnownPeople:
        """Everybody as the standing row names them, under the model in force. Raises PeopleUnknown."""
        if self._known is not None and time.monotonic() - self._looked < TRUSTED_SECONDS:
            return self._known
        return self._renewed()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """While the block runs, a thread keeps them as they are to be."""
        stop = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(stop,), name="warm-people", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            stop.set()
            keeper.join(STOP_SECONDS)  # one that reads a million people is not waited for

    def _keep(self, stop: threading.Event) -> None:
        while not stop.wait(self._look()):
            pass

    def _look(self) -> float:
        """One look of the thread; seconds until the next."""
        began, first = time.monotonic(), self._known is None
        try:
            self._renewed()
        except PeopleUnknown:
            return LOOK_SECONDS  # the worker has not read the registry yet
        except Exception as error:
            _log.error("renewing_failed", exc_info=error)
            return TRUSTED_SECONDS
        self._looked = began
        if first:  # what stands now stays: no caller shall wait while the collector walks through it
            gc.collect()
            gc.freeze()
        return LOOK_SECONDS

    def _renewed(self) -> KnownPeople:
        files, version = self._wanted()
        if not files:
            raise PeopleUnknown
        if (files, version) != (self._files, self._version) and self._renewing.acquire(blocking=self._known is None):
            try:
                self._renew(files, version)
            finally:
                self._renewing.release()
        if self._known is None:
            raise PeopleUnknown
        return self._known

    def _wanted(self) -> tuple[tuple[str, ...], str]:
        files, version = glance(self.desk.database, _WANTED) or ((), "")
        return tuple(files or ()), version or ""

    def _renew(self, files: tuple[str, ...], version: str) -> None:
        known, count = self._known, len(self._files)
        if (files, version) == (self._files, self._version):
            return  # somebody else did it while this caller waited
        if known is None or files[:count] != self._files:
            known = self._anew(files)
        else:
            for name in files[count:]:
                known = _laid_over(known, self.desk.people.vault.get_frame(name))
            if version != self._version:
                known = replace(known, model=model_in_force(self.desk.database))
        known.ready()
        self._known, self._files, self._version = known, files, version

    def _anew(self, files: tuple[str, ...]) -> KnownPeople:
        with reading(self.desk.database) as session:
            areas = places.frame(session)
        # files of its own: the desk's keep whole frames, and are not made for several threads
        vault = self.desk.people.vault
        own = PeopleFiles(vault)
        base = snapshot.identities(own.read(files[:1]))
        index = EncodedPeople(own, IndexFiles(vault)).base(files[0], areas, keep=False)  # row for row as `base`
        known = KnownPeople(index, base, model_in_force(self.desk.database), areas)
        for name in files[1:]:
            known = _laid_over(known, vault.get_frame(name))
        return known


def _laid_over(known: KnownPeople, delta: pl.DataFrame) -> KnownPeople:
    """What a change file says; people whose identity stays (somebody's coverage changed) cost nothing."""
    ids = delta["person_id"]
    new = snapshot.identities(delta.filter(pl.col("survivor_id").is_null()))
    rows = [row for found in known.places(ids.to_list()).values() for row in found]
    before = known.people[rows].sort(list(IDENTITY))
    if before.equals(new.sort(list(IDENTITY))):
        return known
    return known.changed(ids, new)
