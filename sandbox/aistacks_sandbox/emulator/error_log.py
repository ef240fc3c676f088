"""The emulator's log: where moto failed, but not with what, for a request may hold a secret."""

from __future__ import annotations

import logging
import re

_RAISED = re.compile(r"^([A-Za-z_][\w.<>]*): .*(?:\n(?![ \t]*(?:File|Traceback|During|The above)|\n).*)*", re.MULTILINE)
"""The last line of a traceback, and what of a long message follows it."""


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        head, traced, rest = super().format(record).partition("Traceback (most recent call last):")
        return head + traced + _RAISED.sub(r"\1 (with values of the request, which aren't kept)", rest)


def without_values() -> None:
    """Let every logger of this process write errors so, and nothing less than warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(asctime)s %(name)s %(message)s"))
    # Flask and werkzeug add handlers of their own only where there is none.
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
