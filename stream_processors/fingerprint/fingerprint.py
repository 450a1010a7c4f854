"""An event's fingerprints and the reason for them, from the event and its stack alone."""

from typing import Final

import msgspec

from domain.ids import digest_bytes
from domain.roots import type_chain
from schemas.kinds import Matched
from stream_processors.fingerprint.families import HYDRATION
from stream_processors.fingerprint.heard import Heard, hear
from stream_processors.fingerprint.incoming import SlimEvent
from stream_processors.fingerprint.keys import (
    IsHelper,
    Keys,
    Subject,
    message_keys,
    minified_keys,
    stack_keys,
)
from stream_processors.fingerprint.prints import VERSION, Prints, Why
from stream_processors.fingerprint.shown import said_text, title
from stream_processors.fingerprint.stack import Stack

ANCHOR_BYTES: Final = 8
# A why record has room for 2 KiB.
SHOWN: Final = 160
SHOWN_NAME: Final = 100
SHOWN_PART: Final = 40
SHOWN_PARTS: Final = 4


class Sighting(msgspec.Struct, frozen=True):
    """An event with its walked stack and what it says."""

    event: SlimEvent
    stack: Stack
    heard: Heard


def sighting(event: SlimEvent, stack: Stack) -> Sighting:
    return Sighting(event, stack, hear(said_text(event), event.platform, event.root_type, stack))


def fingerprints(sight: Sighting, is_helper: IsHelper, version: str = VERSION) -> Prints:
    event, stack = sight.event, sight.stack
    subject = subject_of(sight, version)
    keys = keys_of(event, subject, is_helper)
    anchor = keys.chain[-1].name if keys.chain else ""
    return Prints(
        search=keys.search,
        taught=keys.taught,
        later=keys.later,
        anchor=digest_bytes(anchor)[:ANCHOR_BYTES] if anchor else b"",
        helpers=tuple(digest_bytes(each.name)[:ANCHOR_BYTES] for each in keys.chain[:-1]),
        caller=digest_bytes(keys.caller)[:ANCHOR_BYTES] if keys.caller else b"",
        said=digest_bytes(sight.heard.masked)[:ANCHOR_BYTES],
        weak=keys.weak,
        title=title(event),
        place=stack.spots[len(keys.chain) - 1] if keys.chain and stack.spots else "",
        why=why_of(event, subject, keys, anchor),
    )


def subject_of(sight: Sighting, version: str) -> Subject:
    event, custom = sight.event, sight.event.custom
    return Subject(
        version=version,
        root_type=event.root_type,
        types=type_chain(event.exceptions, event.root, event.platform),
        platform=event.platform,
        heard=sight.heard,
        stack=sight.stack,
        salt=custom.parts if custom is not None and custom.has_default else (),
    )


def keys_of(event: SlimEvent, subject: Subject, is_helper: IsHelper) -> Keys:
    custom = event.custom
    if custom is not None and custom.parts and not custom.has_default:
        key = Subject(subject.version, "", (), "", Heard(), subject.stack).key(Matched.CUSTOM, *custom.parts)
        return Keys(search=(key,), chain=subject.stack.symbols[:1])
    if subject.heard.family:
        more = (event.transaction,) if subject.heard.family == HYDRATION else ()
        return Keys(search=(subject.key(Matched.FAMILY, subject.heard.family, *more),))
    if subject.stack.is_minified:
        return minified_keys(subject)
    return stack_keys(subject, is_helper) if subject.stack.is_named else message_keys(subject)


def why_of(event: SlimEvent, subject: Subject, keys: Keys, anchor: str) -> Why:
    custom = event.custom
    return Why(
        v=subject.version,
        type=subject.root_type,
        anchor=anchor[:SHOWN_NAME],
        statement=keys.chain[-1].statement[:SHOWN] if keys.chain else "",
        helpers=tuple(each.name[:SHOWN_NAME] for each in keys.chain[:-1]),
        symbols=tuple(each.name[:SHOWN_NAME] for each in subject.stack.symbols if each.function)[:8],
        caller=keys.caller[:SHOWN_NAME],
        cause_of=subject.types[-1] if len(subject.types) > 1 else "",
        message=subject.heard.words[:SHOWN],
        dropped=subject.stack.dropped,
        weak=keys.weak,
        custom=tuple(part[:SHOWN_PART] for part in custom.parts[:SHOWN_PARTS]) if custom is not None else (),
        rule=custom.rule_id if custom is not None else "",
        keys={key.kind.value: key.digest.hex() for key in (*keys.taught, *keys.search)},
    )
