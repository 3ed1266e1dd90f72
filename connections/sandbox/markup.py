"""WhatsApp's marks (*bold*, _italic_, ~struck~) as HTML. Pure; everything else of the text stays text."""

from __future__ import annotations

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# A mark opens after, and closes before, anything but a letter or a digit, and stands close to what it marks: so
# snake_case and 3 * 4 * 5 stay as they are. https://faq.whatsapp.com/539178204879377
_MARKS = [
    (re.compile(rf"(?<![\w{mark}]){mark}(?=[^\s{mark}])([^\n]*?)(?<=[^\s]){mark}(?![\w{mark}])"), tag)
    for mark, tag in (
        (r"\*", "b"),
        ("_", "i"),
        ("~", "s"),
    )
]


def as_html(text: str) -> SafeString:
    """Escaped first, so that the only tags are the ones put here."""
    html = str(escape(text))
    for pattern, tag in _MARKS:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    return mark_safe(html)  # noqa: S308 (escaped above)
