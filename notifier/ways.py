"""From targets to ways: a recipient on one channel, or the code that says why not."""

from collections.abc import Iterable

import msgspec

from domain.contacts import Contact, NoContact, contacts
from domain.recipients import Recipient, resolve
from notifier.audience import AUDIENCES
from notifier.plan import Considered, Memory, Named, World
from schemas.alert_step import AlertStep
from schemas.kinds import Channel, Severity, StepKind
from schemas.record import Instant


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient on one channel, with all that named it."""

    recipient: str
    contact: Contact
    page: bool
    why: tuple[str, ...]
    until: Instant = 0
    mute_windows: tuple[str, ...] = ()


def ways(step: AlertStep, asked: Iterable[Named], world: World, at: Instant) -> tuple[list[Way], list[Considered]]:
    """The ways to everybody that is named, and those who cannot be told."""
    found: list[Way] = []
    missed: list[Considered] = []
    for one in asked:
        answer = resolve(one.target, step.project_id, world.directory, at)
        missed += [unreached(gone.id, gone.code, (f"{one.words}: {gone.why}",), one.page) for gone in answer.missing]
        for recipient in answer.found:
            reached = _reach(step, one, recipient, world)
            if isinstance(reached, Considered):
                missed.append(reached)
            else:
                found += reached
    return found, missed


def again(step: AlertStep, memory: Memory, world: World) -> list[Way]:
    """The ways of earlier steps. A phone is not rung for a close if another way reached its owner."""
    if not AUDIENCES[step.kind].again:
        return []
    elsewhere = {told.recipient for told in memory.told if told.channel is not Channel.SMS}
    why = ("you were told of it before",)
    return [
        Way(recipient=told.recipient, contact=Contact(told.destination_id, told.channel), page=False, why=why)
        for told in memory.told
        if told.destination_id in world.addresses and not (told.channel is Channel.SMS and told.recipient in elsewhere)
    ]


def merged(given: Iterable[Way]) -> list[Way]:
    """One way for each (recipient, destination): pages win, the shorter delay wins, all reasons are kept.

    What two routes with different mute windows name, none of them mutes.
    """
    found: dict[tuple[str, str], Way] = {}
    for way in given:
        place = (way.recipient, way.contact.setting_id)
        before = found.get(place)
        found[place] = way if before is None else _joined(before, way)
    return list(found.values())


def unreached(recipient: str, code: str, why: tuple[str, ...], page: bool) -> Considered:
    return Considered(recipient=recipient, code=code, why=why, page=page)


def _reach(step: AlertStep, one: Named, recipient: Recipient, world: World) -> list[Way] | Considered:
    kind, _, key = recipient.id.partition(":")
    why = (f"{one.words}: {recipient.why}",)
    severity = _severity(step)
    if kind == "channel":
        if severity is Severity.LOW:
            return unreached(recipient.id, "severity_low", why, one.page)
        channel = world.directory.channels[key].type
        return [_way(one, recipient, Contact(recipient.id, channel), why)]
    found = contacts(key, severity, one.page, world.directory)
    if isinstance(found, NoContact):
        return unreached(recipient.id, found.code, (*why, found.why), one.page)
    return [_way(one, recipient, contact, why) for contact in found]


def _way(one: Named, recipient: Recipient, contact: Contact, why: tuple[str, ...]) -> Way:
    return Way(
        recipient=recipient.id,
        contact=contact,
        page=one.page,
        why=why,
        until=recipient.until,
        mute_windows=one.mute_windows,
    )


def _severity(step: AlertStep) -> Severity:
    """What a person asked for is told even at low severity."""
    return Severity.MEDIUM if step.kind is StepKind.TOLD and step.severity is Severity.LOW else step.severity


def _joined(before: Way, way: Way) -> Way:
    nearer = min(before.contact, way.contact, key=lambda contact: contact.delay_s)
    why = (*before.why, *(words for words in way.why if words not in before.why))
    return msgspec.structs.replace(
        before,
        contact=nearer,
        page=before.page or way.page,
        why=why,
        until=before.until or way.until,
        mute_windows=before.mute_windows if before.mute_windows == way.mute_windows else (),
    )
