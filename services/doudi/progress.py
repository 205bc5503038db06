"""Progress of anything longer than a second, on standard error: a moving bar on a screen, lines in a log."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


@dataclass
class Steps:
    """Named steps of a job; `show` opens or updates one."""

    progress: Progress
    live: bool
    tasks: dict[str, TaskID] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def show(self, name: str, done: int, total: int, note: str = "") -> None:
        """`done` of `total` of step `name`; total 0 = not known yet."""
        if name not in self.tasks:
            self.begun[name] = time.monotonic()
            self.tasks[name] = self.progress.add_task(name, total=total or None, note=note)
            if not self.live:
                print(f"  {name} …", file=sys.stderr, flush=True)
        self.progress.update(self.tasks[name], completed=done, total=total or None, note=note)

    def share(self, name: str, done: float) -> None:
        """One step of a job that tells its share done (0 to 1) and what it is doing."""
        for earlier in [task for task in self.tasks if task not in self.ended and task != name]:
            self.end(earlier)
        if done < 1:
            self.show(name, 0, 0)

    def end(self, name: str, note: str = "") -> None:
        """Step `name` is over; its time stays on the screen."""
        if name in self.ended:
            return
        if name not in self.tasks:
            self.show(name, 1, 1, note)
        self.ended.add(name)
        seconds = time.monotonic() - self.begun[name]
        task = self.progress.tasks[self.progress.task_ids.index(self.tasks[name])]
        total = task.total or 1
        self.progress.update(self.tasks[name], completed=total, total=total, note=note)
        self.progress.stop_task(self.tasks[name])
        if not self.live:
            print(f"  {name} ✓ {note} ({seconds:.1f} s)", file=sys.stderr, flush=True)


@contextmanager
def steps() -> Iterator[Steps]:
    """Show the steps of a job while the block runs."""
    console = Console(file=sys.stderr)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Steps(progress, console.is_terminal)
