"""What people are shown of an event: its type, title and place."""

from typing import Final

from domain.exception_types import CRASH, NO_TYPE
from stream_processors.fingerprint.incoming import SlimEvent

MAX_TEXT: Final = 200


def said_text(event: SlimEvent) -> str:
    """What the root exception says, else the message; a logger's template is better than its text."""
    value = root_value(event)
    if value or event.message is None:
        return value
    return event.message.template if event.message.params and event.message.template else event.message.formatted


def root_value(event: SlimEvent) -> str:
    return event.exceptions[event.root].value if event.root >= 0 else ""


def shown_type(event: SlimEvent) -> str:
    """The root's type as people know it: raw where the canonical one says nothing."""
    if event.root < 0 or not event.root_type:
        return ""
    return event.root_type if event.root_type not in (CRASH, NO_TYPE) else event.exceptions[event.root].type


def title(event: SlimEvent) -> str:
    """Type and first line of what was said."""
    if event.custom is not None and event.custom.title:
        return event.custom.title[:MAX_TEXT]
    text = root_value(event) or (event.message.formatted if event.message is not None else "")
    line = text.strip().split("\n", 1)[0].strip()
    kind = shown_type(event)
    return (f"{kind}: {line}" if kind and line else kind or line or "(no message)")[:MAX_TEXT]
