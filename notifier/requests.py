"""Messages that people cause: codes, resets, invitations, tests. Their secret stays sealed until it is sent."""

from collections.abc import Mapping
from typing import Final

import msgspec

from domain.ids import digest
from notifier.plan import Delivery, Notice, World
from notifier.words import plain
from schemas.kinds import Channel, Severity
from schemas.record import Instant

URGENCY: Final = 3  # after everything critical and high
LINK: Final = ("https://", "http://")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `message_requests`. `address` and `body["secret"]` are sealed, bound to `message:<request_id>`."""

    request_id: str
    kind: str
    recipient: str
    channel: Channel
    address: str
    body: Mapping[str, str]
    actor: str
    created_at: Instant
    expires_at: Instant
    project_id: int | None = None


class Words(msgspec.Struct, frozen=True):
    title: str
    lines: tuple[str, ...]
    button: str = ""


WORDS: Final[dict[str, Words]] = {
    "invite": Words(
        "You are invited to Gregor",
        ("{by} invites you to Gregor, which tells developers when their software breaks.", "The link works once."),
        "Accept and set a password",
    ),
    "reset": Words(
        "Set a new password for Gregor",
        ("Somebody, probably you, asked for a new password.", "If it was not you, do nothing: the old one stays."),
        "Set a new password",
    ),
    "verify": Words(
        "Your code for Gregor",
        ("Type this code where you added this address. It is good for a few minutes.",),
    ),
    "test": Words(
        "A test message from Gregor",
        ("{by} sent this to see whether messages arrive here. Nothing is broken.",),
    ),
}
OTHER: Final = Words("A message from Gregor", ())


def delivery(asked: Asked, world: World) -> Delivery:
    return Delivery(
        delivery_id=digest("request", asked.request_id)[:26],
        recipient=asked.recipient,
        channel=asked.channel,
        destination_id=f"request:{asked.request_id}",
        address_hint="",
        urgency=URGENCY,
        draft=_notice(asked, world),
        notice_id=asked.request_id,
    )


def _notice(asked: Asked, world: World) -> Notice:
    words = WORDS.get(asked.kind, OTHER)
    by = plain(asked.body.get("by", "")) or asked.actor.partition(":")[2] or "Somebody"
    person = world.directory.people.get(asked.recipient.removeprefix("person:"))
    return Notice(
        kind=asked.kind,
        recipient=asked.recipient,
        subject=words.title,
        title=words.title,
        lines=tuple(line.replace("{by}", by) for line in words.lines),
        button=words.button,
        project_id=asked.project_id or 0,
        severity=Severity.MEDIUM,
        zone=person.zone if person else "UTC",
        due_at=asked.created_at,
        decided_at=asked.created_at,
        expires_at=asked.expires_at,
        place=f"message:{asked.request_id}",
        sealed=asked.body.get("secret", ""),
        sealed_address=asked.address,
    )


def opened(notice: Notice, secret: str) -> Notice:
    """With its secret: a link to follow, or a code to type. This is sent and never stored."""
    if secret.startswith(LINK):
        return msgspec.structs.replace(notice, url=secret)
    return msgspec.structs.replace(notice, code=secret)
