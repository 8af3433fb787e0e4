"""What the log looks like: readable on a terminal, one JSON object per line elsewhere."""

import logging
import sys
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from rushes.settings import LogSettings

_CHATTY = ("asyncio", "httpcore", "httpx", "uvicorn", "alembic", "filelock")
"""Libraries whose ordinary messages are of no use to an operator."""


def set_up_logs(settings: LogSettings) -> None:
    """Send the log of our code and of the libraries to standard error, in one format."""
    is_readable = settings.format == "console" or (settings.format == "auto" and sys.stderr.isatty())
    clock = structlog.processors.TimeStamper(fmt="%H:%M:%S" if is_readable else "iso", utc=not is_readable)
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        clock,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before, processors=_rendering(is_readable=is_readable)
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.level.upper(), force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def _rendering(*, is_readable: bool) -> list[Any]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    # Never with local variables: they hold passwords, tokens and what people wrote.
    if is_readable:
        colours = sys.stderr.isatty()
        plain = structlog.dev.plain_traceback
        return [strip, structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]
    tracebacks = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    return [strip, tracebacks, structlog.processors.JSONRenderer(default=str)]
