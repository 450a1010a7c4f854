"""Where an event is at home: its root exception, its custom fingerprint, and the key that names its partition."""

import hashlib

import msgspec

from domain.custom import client_fingerprint
from domain.exception_types import canonical_type
from domain.fingerprint_rules import NO_RULES, Rules, rule_fingerprint
from domain.ids import SEPARATOR
from domain.roots import is_message_stack, root_index
from schemas.error_event import CustomFingerprint, ErrorEvent


def settle(event: ErrorEvent, rules: Rules = NO_RULES) -> ErrorEvent:
    """The event with `root`, `root_type`, `custom` and `home_key`.

    Everything that may share an issue gets one home key. Frozen on the event, so that reading it
    again under other rules gives the same answer.
    """
    root = root_index(event.exceptions, event.platform)
    root_type = type_of(event, root)
    custom = rule_fingerprint(event, rules) or client_fingerprint(event)
    return msgspec.structs.replace(
        event,
        root=root,
        root_type=root_type,
        custom=custom,
        home_key=home_key(event.project_id, root_type, custom),
    )


def type_of(event: ErrorEvent, root: int) -> str:
    """Canonical type of the root exception; empty when the event is a message, with or without a stack."""
    if root < 0 or is_message_stack(event.exceptions[root]):
        return ""
    return canonical_type(event.exceptions[root], event.platform)


def home_key(project_id: int, root_type: str, custom: CustomFingerprint | None) -> str:
    """`<project>|fp:<digest>` when frames are ignored, else `<project>|<root type>`, else `<project>|message`."""
    if custom is not None and custom.parts and not custom.has_default:
        text = SEPARATOR.join(custom.parts).encode("utf-8", "surrogatepass")
        return f"{project_id}|fp:{hashlib.sha256(text).hexdigest()[:16]}"
    return f"{project_id}|{root_type or 'message'}"
