"""What a message's reference looks like: the short code by which a person, and the machine, finds it again. Pure."""

from __future__ import annotations

import re

#: Without 0/O, 1/I and U, which people misread aloud.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
REFERENCE_LENGTH = 6
_REFERENCE = re.compile(rf"#([{REFERENCE_ALPHABET}]{{{REFERENCE_LENGTH}}})(?![0-9A-Za-z])", re.ASCII)


def references_in(text: str) -> list[str]:
    """What looks like a reference, without its `#`; whether it is one of ours only the outbox knows."""
    return _REFERENCE.findall(text)
