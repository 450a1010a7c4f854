"""The Occurrence of an event: what history and recurrence need of it."""

from typing import Final

import msgspec
from msgspec import UNSET, Raw

from domain.received import trusted_received_at
from schemas.occurrence import NewKey, Occurrence
from stream_processors.fingerprint.choose import Choice
from stream_processors.fingerprint.incoming import SlimEvent
from stream_processors.fingerprint.prints import Prints
from stream_processors.fingerprint.shown import shown_type
from stream_processors.fingerprint.tags import kept_tags
from stream_processors.stage import Input

SPOOLED: Final = "spooled"
REDRIVE_ID: Final = "redrive_id"
MAX_TEXT: Final = 200
MAX_ROUTE: Final = 160
# How SDKs say that the process is gone.
CRASH_MECHANISMS: Final = frozenset(
    {
        "signalhandler",
        "mach",
        "minidump",
        "nsexception",
        "cpp_exception",
        "appexitinfo",
        "anr",
        "applicationnotresponding",
    }
)
ROBOTS: Final = ("bot/", "bot;", "bot ", "crawler", "spider", "headlesschrome", "uptimerobot", "pingdom", "lighthouse")


def occurrence(event: SlimEvent, prints: Prints, choice: Choice, arrived: Input) -> Occurrence:
    headers = dict(arrived.headers)
    found = Occurrence(
        event_id=event.event_id,
        project_id=event.project_id,
        issue_id=choice.issue.hex(),
        source=(arrived.epoch, arrived.partition, arrived.offset, 0),
        received_at=trusted_received_at(event.received_at, arrived.at, SPOOLED in headers),
        occurred_at=event.occurred_at,
        weak=prints.weak,
        type=shown_type(event)[:MAX_TEXT],
        title=prints.title,
        culprit=prints.why.anchor[:MAX_TEXT],
        place=prints.place,
        key=choice.key.digest.hex(),
        matched=choice.matched,
        new_keys=new_keys(prints, choice),
        why=reason(prints, choice) if choice.told else UNSET,
        conflict=choice.conflict.hex(),
        redrive_id=headers.get(REDRIVE_ID, b"").decode("ascii", "replace"),
    )
    return described(found, event)


def described(found: Occurrence, event: SlimEvent) -> Occurrence:
    """With what the event says of its surroundings."""
    return msgspec.structs.replace(
        found,
        level=event.level,
        handled=event.handled,
        crash=is_crash(event),
        bot=is_bot(event),
        platform=event.platform[:32],
        sdk=event.sdk[:40],
        service=event.service,
        environment=event.environment,
        release=event.release,
        user=event.user_hash,
        trace_id=event.trace_id,
        route=event.transaction[:MAX_ROUTE],
        tags=kept_tags(event),
    )


def new_keys(prints: Prints, choice: Choice) -> tuple[NewKey, ...]:
    anchor = prints.anchor.hex()
    owner = choice.owner.hex() if choice.owner != choice.issue else ""
    return tuple(
        NewKey(key=key.digest.hex(), kind=key.kind, anchor=anchor, opener=opener, issue=owner)
        for key, opener in choice.told
    )


def reason(prints: Prints, choice: Choice) -> Raw:
    """The why record, with what the choice added."""
    also = [key.kind.value for key, _ in choice.told if key.kind is not choice.key.kind]
    why = msgspec.structs.replace(
        prints.why,
        matched=choice.matched.value,
        also=tuple(dict.fromkeys(also)),
        conflict=choice.conflict.hex(),
        split=released_by(prints, choice),
        full=choice.full,
    )
    return Raw(msgspec.json.encode(why))


def released_by(prints: Prints, choice: Choice) -> str:
    """The helper that an entry of this event was released from."""
    if choice.released_from not in prints.helpers:
        return choice.released_from.hex()
    return prints.why.helpers[prints.helpers.index(choice.released_from)]


def is_crash(event: SlimEvent) -> bool:
    """The process died: an SDK's crash handler says so, or it was fatal and nobody caught it."""
    if any(each.mechanism.lower() in CRASH_MECHANISMS and event.handled is False for each in event.exceptions):
        return True
    return event.level.value == "fatal" and event.handled is False


def is_bot(event: SlimEvent) -> bool:
    """The request came from a crawler or a monitor, by its User-Agent."""
    if event.request is None:
        return False
    agents = (value.lower() for name, value in event.request.headers if name.lower() == "user-agent")
    return any(robot in agent for agent in agents for robot in ROBOTS)
