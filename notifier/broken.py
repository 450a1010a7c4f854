"""An address that works no more: its owner hears of it by another way."""

from collections.abc import Iterable
from typing import Final

from domain.ids import address_digest, digest
from notifier.plan import Delivery, Notice, World
from schemas.kinds import Channel, Severity
from schemas.record import Instant

URGENCY: Final = 4


def notices(setting_id: str, why: str, world: World, at: Instant) -> tuple[Delivery, ...]:
    """To the person whose method it was, or who owns the channel, by each other address of theirs that works."""
    owner = _owner(setting_id, world)
    name = world.hints.get(setting_id) or setting_id
    methods = world.directory.methods.get(owner.removeprefix("person:"), ())
    others = [
        (key, method.channel)
        for key, method in methods
        if key != setting_id and method.verified_at and not method.disabled_why and key in world.addresses
    ]
    return tuple(_notice(owner, name, (key, channel), why=why, at=at) for key, channel in _quiet(others))


def still_disabled(rows: Iterable[tuple[str, str]], world: World) -> frozenset[str]:
    """Setting ids whose address is still the one that stopped working; `rows`: (setting id, digest of it)."""
    return frozenset(
        setting_id for setting_id, gone in rows if address_digest(world.addresses.get(setting_id, "")) == gone
    )


def _owner(setting_id: str, world: World) -> str:
    kind, _, key = setting_id.partition(":")
    if kind == "channel":
        channel = world.directory.channels.get(key)
        return channel.owner if channel else ""
    owners = [person for person, methods in world.directory.methods.items() if setting_id in dict(methods)]
    return f"person:{owners[0]}" if owners else ""


def _quiet(others: list[tuple[str, Channel]]) -> list[tuple[str, Channel]]:
    """Nobody's phone rings for this if there is another way."""
    return [one for one in others if one[1] is not Channel.SMS] or others[:1]


def _notice(owner: str, name: str, way: tuple[str, Channel], *, why: str, at: Instant) -> Delivery:
    setting_id, channel = way
    notice = Notice(
        kind="address",
        recipient=owner,
        subject="Gregor cannot reach you at one of your addresses",
        title=f"{name} takes no messages any more",
        lines=(f"The provider said: {why}", "Alerts go by your other addresses until you mend or replace this one."),
        severity=Severity.MEDIUM,
        due_at=at,
        decided_at=at,
    )
    return Delivery(
        delivery_id=digest("broken", name, why, setting_id, str(at // 86_400_000))[:26],
        recipient=owner,
        channel=channel,
        destination_id=setting_id,
        address_hint="",
        urgency=URGENCY,
        draft=notice,
    )
