"""Names that become folders, and mean the same folder on every system that a run may be copied to."""

from __future__ import annotations

import re

RULE = "letters, digits, dot, dash and underscore, beginning with a letter or digit and not ending with a dot"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def trouble(name: str) -> str:
    """What would have been right in place of a name; empty where it is.

    >>> trouble("lora-r8"), trouble("nul.v2")
    ('', 'a name that Windows does not keep for devices')
    """
    if not _NAME.fullmatch(name):
        return RULE
    return "a name that Windows does not keep for devices" if _DEVICES.fullmatch(name) else ""
