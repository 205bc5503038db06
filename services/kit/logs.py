"""Structured logs: an event is a word, its values are ids and counts, never anything about a person."""

import io
import json
import logging
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path
from typing import Any, TextIO, cast

import structlog


@dataclass(frozen=True)
class LogFile:
    """Where log lines are kept by ourselves: folder, the process's name, days."""

    folder: Path
    name: str
    days: int

    def open(self) -> TimedRotatingFileHandler:
        """A file that becomes yesterday's at midnight (UTC); what is older than `days` files is removed."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{self.name}.log"
        handler = TimedRotatingFileHandler(
            path, when="midnight", utc=True, backupCount=self.days, delay=True, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter("%(message)s"))
        return handler


def configure(level: str = "INFO", keep: LogFile | None = None) -> None:
    """JSON lines on standard error, one event each, with time, level and whatever context is bound; and, where a folder
    is named, in a file of the day there, as many days as are to be kept."""
    while _file:
        _file.pop().close()
    if keep is not None:
        _file.append(keep.open())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _name_only,
            structlog.processors.JSONRenderer(ensure_ascii=False),
            _one_line,
            _keep,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _StandardError())),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("uvicorn.access").disabled = True


_file: list[TimedRotatingFileHandler] = []
# Signs that turn a line round or begin a new one in a terminal or viewer; JSON itself escapes the rest below 0x20.
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")


def _one_line(_logger: Any, _method: str, line: Any) -> Any:
    """Whatever a value held, a line stays one line and reads as it is."""
    return _UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], line)


def _keep(_logger: Any, _method: str, line: Any) -> Any:
    for handler in _file:
        handler.handle(logging.makeLogRecord({"msg": line, "levelno": logging.INFO}))
    return line


class _StandardError(io.TextIOBase):
    """Standard error as it is at the moment of writing: tests and daemons exchange it."""

    def write(self, text: str) -> int:
        """As a file's write. A log that cannot be written, on a full disk, is no reason to leave the work undone."""
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """As a file's flush."""
        with suppress(OSError):
            sys.stderr.flush()


def _name_only(_logger: Any, _method: str, event: Any) -> Any:
    """An exception's text may quote a value of a row: its type and place are enough to find it."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        last = error.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        if last is not None:
            event["at"] = f"{last.tb_frame.f_globals.get('__name__')}:{last.tb_lineno}"
    return event


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    return cast(structlog.stdlib.BoundLogger, structlog.get_logger(component=name))
