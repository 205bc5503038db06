"""The worker, a process of its own: follows the registry, reads and links deliveries, screens, publishes.

Everything it does is a step that can be repeated; between two steps it holds nothing. Any number may run: a
delivery is read by whoever leases it, the rest by whoever holds the standing row. Threads beside it wake subscribers.
"""

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from kit import garbage
from kit.crypto import KeyProblem, KeyRing
from kit.database import reading
from kit.lease import LeaseLost, me
from kit.logs import configure, get_logger
from kit.memory import give_back
from kit.metrics import telling, took_turn
from kit.rests import Bell, Rests
from kit.retention import LOOK_SECONDS
from kit.settings import SettingsWrong, place_of
from kit.stopping import told_to_stop
from kit.traces import exporting
from matcher.batches import store as batches
from matcher.flows.desk import WORKER, Desk, Hold, hold
from matcher.flows.fetch_facts import fetch_facts
from matcher.flows.follow_registry import follow_registry
from matcher.flows.forget import Busy, keep_time
from matcher.flows.link_batch import link_again, link_next_batch
from matcher.flows.models_in_force import follow_model
from matcher.flows.open_desk import open_desk
from matcher.flows.publish_leads import publish_leads
from matcher.flows.read_batch import read_next_batch, waiting
from matcher.flows.screen_people import screen_people
from matcher.flows.send_webhooks import sending
from matcher.flows.sweep_files import sweep_files
from matcher.flows.watch_freshness import watch_freshness
from matcher.flows.work_on_models import work_next_job
from matcher.flows.work_on_profiles import work_next_simulation
from matcher.registry_client import RegistryDown, RegistryRefused
from matcher.settings import MatcherSettings

_log = get_logger("worker")
GLANCE_SECONDS = 0.05  # between two looks whether something was delivered
GLANCES = 10  # of a long rest: whoever has waited for seconds may wait a tenth of them more
LONGEST_PAUSE_SECONDS = 60.0  # between two tries of a step that keeps failing
CATCHING_UP_SECONDS = 10.0  # so long a registry that never rests may keep everything else waiting


class Worker:
    """One worker over one desk; `name` tells it from others in the lease."""

    def __init__(self, desk: Desk, name: str | None = None) -> None:
        self.desk = desk
        self.name = name or me()
        self.registry_silent = False
        self.next_look = 0.0
        self.behind_since: float | None = None
        self.rests = Rests(desk.settings.worker_poll_seconds, desk.settings.worker_idle_seconds)

    def run_once(self) -> bool:
        """Do the next thing that is to be done. False when there was nothing, or another worker is at it."""
        if read_next_batch(self.desk, self.name):
            return True
        with hold(self.desk, self.name) as held:
            if held is not None and self._next_step(held):
                return True
        return work_next_simulation(self.desk, self.name) or work_next_job(self.desk, self.name)

    def run_forever(self, stop: threading.Event, bell: Bell | None = None) -> None:
        """Until `stop`; a step that fails is logged and tried again after a pause, longer each time.

        A rest grows while there is nothing to do; `bell` ends it, where somebody rings it who knows what was changed.
        """
        bell = bell or Bell()
        _log.info("worker_started")
        sweep_files(self.desk)
        failures = 0
        while not stop.is_set():
            try:
                heard, seen = bell.heard, self._newest()
                busy, failures = self._turn(), 0
                self._keep_time()
                if busy:
                    self.rests.begin_again()
                    give_back()
                elif bell.heard != heard or self._rested(stop, bell, seen):
                    self.rests.begin_again()
            except LeaseLost:
                _log.warning("lease_lost")
            except Exception as error:
                _log.error("step_failed", exc_info=error)
                failures += 1
                pause = self.desk.settings.worker_poll_seconds * 2 ** min(failures, 16)
                stop.wait(min(pause, LONGEST_PAUSE_SECONDS))
        _log.info("worker_stopped")

    def _turn(self) -> bool:
        begun, result = time.monotonic(), "failed"
        try:
            busy = self.run_once()
            result = "busy" if busy else "idle"
        finally:
            took_turn(result, time.monotonic() - begun)
        return busy

    def _keep_time(self) -> None:
        """Once in a while: is a feed late, has anything had its time? The day's pass is one worker's, when nobody
        is at the records."""
        if time.monotonic() < self.next_look:
            return
        self.next_look = time.monotonic() + LOOK_SECONDS
        watch_freshness(self.desk)
        with suppress(Busy):
            keep_time(self.desk, self.name)

    def run_until_idle(self, most: int = 10_000) -> int:
        """Steps until nothing is left to do (trials, tests). Gives their number."""
        for step in range(most):
            if not self.run_once():
                return step
        raise RuntimeError("the worker found no end")

    def _rested(self, stop: threading.Event, bell: Bell, seen: str) -> bool:
        """A pause, or until something is delivered that was not there when `seen` was looked up: asking our own
        database costs far less than a turn, which also calls the registry. Whether it was cut short."""
        heard, pause = bell.heard, self.rests.take()
        glance, end = max(GLANCE_SECONDS, pause / GLANCES), time.monotonic() + pause
        while (left := end - time.monotonic()) > 0 and not stop.is_set():
            if bell.wait(heard, min(left, glance)) or self._newest() != seen:
                return True
        return False

    def _newest(self) -> str:
        with reading(self.desk.database) as session:
            return batches.newest(session)

    def _next_step(self, held: Hold) -> bool:
        """The first of the steps that has something to do. What is known already is worked on while the registry
        is silent, and now and then while it never rests; only the very first linking waits for it."""
        if not self._caught_up_enough() and self._catch_up(held):
            self.behind_since = self.behind_since or time.monotonic()
            return True
        self.behind_since = None
        if follow_model(held) or link_again(held) or link_next_batch(held):
            return True
        if not waiting(self.desk) and screen_people(held):
            return True
        return self._registry(publish_leads, held)

    def _caught_up_enough(self) -> bool:
        return self.behind_since is not None and time.monotonic() - self.behind_since > CATCHING_UP_SECONDS

    def _catch_up(self, held: Hold) -> bool:
        """Take over what changed in the registry, or what it derives of people."""
        if self._registry(follow_registry, held):
            return True
        return not self.registry_silent and self._registry(fetch_facts, held)

    def _registry(self, step: Callable[[Hold], bool], held: Hold) -> bool:
        """A step that calls the registry: its silence is no failure of ours and is told once."""
        try:
            done = step(held)
        except (RegistryDown, RegistryRefused) as trouble:
            if not self.registry_silent:
                _log.warning("registry_silent", code=str(trouble))
            self.registry_silent = True
            return False
        if self.registry_silent:
            _log.info("registry_answers")
        self.registry_silent = False
        return done


def main(bell: Bell | None = None) -> None:
    """`python -m matcher.worker`: until SIGTERM or SIGINT, finishing the step it is at."""
    try:
        settings = MatcherSettings.read()
        ring = KeyRing.load(settings.keys_file)
    except (KeyProblem, SettingsWrong) as problem:
        sys.exit(str(problem))
    configure(settings.log_level, settings.log_file("worker"))
    stop = told_to_stop()
    desk = open_desk(settings, ring)
    garbage.started()
    place = settings.worker_metrics_listen
    try:
        with sending(desk), telling(place_of(place) if place else None), exporting(settings, WORKER):
            Worker(desk).run_forever(stop, bell)
    finally:
        desk.close()


if __name__ == "__main__":
    main()
