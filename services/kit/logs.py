"""Structured logs: an event is a word, its values are ids and counts, never anything about a person."""

import io
import logging
import sys
from typing import Any, TextIO, cast

import structlog


def configure(level: str = "INFO") -> None:
    """JSON lines on standard error, one event each, with time, level and whatever context is bound."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _name_only,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, _StandardError())),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("uvicorn.access").disabled = True


class _StandardError(io.TextIOBase):
    """Standard error as it is at the moment of writing: tests and daemons exchange it."""

    def write(self, text: str) -> int:
        """As a file's write."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """As a file's flush."""
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
