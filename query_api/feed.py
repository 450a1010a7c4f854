"""Live messages: what a record of the stream says to those who watch, and where a reader stands."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from query_api.views import View
from schemas.alert_step import AlertStep
from schemas.commands import CommandResult
from schemas.delivery import DeliveryChanged
from schemas.issue_changed import IssueChanged

LETTERS: Final = {"issue-changes": "c", "alerts": "a", "deliveries": "d"}
Place = tuple[str, int, int]  # letter of the topic, partition, offset
Vector = Mapping[tuple[str, int], int]  # (letter, partition) -> offset of the last message seen


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asked for. Empty: everything it may see."""

    kinds: frozenset[str] = frozenset()
    issue_id: str = ""
    project_id: int = 0


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One message, encoded once for everybody. `at_ms`: when the record was written."""

    place: Place
    kind: str  # issue, command, step, delivery
    project_id: int
    issue_id: str
    at_ms: int
    body: bytes


class IssueMessage(View, frozen=True, kw_only=True):
    """The issue after a change; the higher `seq` wins."""

    at: Place
    seq: int
    change: str
    issue_id: str
    project_id: int
    status: str
    severity: str
    title: str
    times_seen: int
    users: int
    users_exact: bool = True
    last_seen_at: int
    assignee: str = ""
    service: str = ""
    environment: str = ""
    release: str = ""
    reason: str = ""
    hours: tuple[int, ...] = ()


class CommandMessage(View, frozen=True, kw_only=True):
    """The answer to a decision."""

    at: Place
    command_id: str
    issue_id: str
    applied: bool
    reason: str = ""


class StepMessage(View, frozen=True, kw_only=True):
    at: Place
    step_id: str
    episode_id: str
    issue_id: str
    project_id: int
    kind: str
    severity: str
    reason: str = ""


class DeliveryMessage(View, frozen=True, kw_only=True):
    at: Place
    delivery_id: str
    project_id: int
    recipient: str
    channel: str
    kind: str
    state: str
    issue_id: str = ""
    episode_id: str = ""
    reason: str = ""


Watched = IssueChanged | CommandResult | AlertStep | DeliveryChanged
Message = IssueMessage | CommandMessage | StepMessage | DeliveryMessage


def item(place: Place, record: object) -> Item | None:
    """None for what nobody watches: markers, records of newer versions."""
    match record:
        case IssueChanged():
            return made("issue", record, issue_message(place, record))
        case CommandResult():
            body = CommandMessage(
                at=place,
                command_id=record.command_id,
                issue_id=record.issue_id,
                applied=record.applied,
                reason=record.reason,
            )
            return made("command", record, body)
        case AlertStep():
            return made("step", record, step_message(place, record))
        case DeliveryChanged():
            return made("delivery", record, delivery(place, record))
        case _:
            return None


def made(kind: str, record: Watched, body: Message) -> Item:
    return Item(
        place=body.at,
        kind=kind,
        project_id=record.project_id,
        issue_id=record.issue_id,
        at_ms=record.at,
        body=msgspec.json.encode(body),
    )


def issue_message(place: Place, record: IssueChanged) -> IssueMessage:
    now = record.issue
    return IssueMessage(
        at=place,
        seq=record.seq,
        change=str(record.kind),
        issue_id=record.issue_id,
        project_id=record.project_id,
        status=str(now.status),
        severity=str(now.severity),
        title=now.title,
        times_seen=now.times_seen,
        users=now.users,
        users_exact=now.users_exact,
        last_seen_at=now.last_seen_at,
        assignee=now.assignee,
        service=now.service,
        environment=now.environment,
        release=now.release,
        reason=record.reason,
        hours=now.hours,
    )


def step_message(place: Place, record: AlertStep) -> StepMessage:
    return StepMessage(
        at=place,
        step_id=record.step_id,
        episode_id=record.episode_id,
        issue_id=record.issue_id,
        project_id=record.project_id,
        kind=str(record.kind),
        severity=str(record.severity),
        reason=record.reason,
    )


def delivery(place: Place, record: DeliveryChanged) -> DeliveryMessage:
    return DeliveryMessage(
        at=place,
        delivery_id=record.delivery_id,
        project_id=record.project_id,
        recipient=record.recipient,
        channel=str(record.channel),
        kind=record.kind,
        state=str(record.state),
        issue_id=record.issue_id,
        episode_id=record.episode_id,
        reason=record.reason,
    )


def wanted(found: Item, watch: Watch, projects: frozenset[int]) -> bool:
    if found.project_id not in projects:
        return False
    if watch.project_id and found.project_id != watch.project_id:
        return False
    if watch.issue_id and found.issue_id != watch.issue_id:
        return False
    return not watch.kinds or found.kind in watch.kinds


def newer(found: Item, seen: Vector) -> bool:
    letter, partition, offset = found.place
    return offset > seen.get((letter, partition), -1)


def written(seen: Vector) -> str:
    """`c0.17,c1.4,a0.9`: small enough for a header."""
    return ",".join(f"{letter}{partition}.{offset}" for (letter, partition), offset in sorted(seen.items()))


def read(text: str) -> dict[tuple[str, int], int]:
    """What does not look like a vector is passed over: at worst the client refetches."""
    found: dict[tuple[str, int], int] = {}
    for part in text[:4_000].split(","):
        place, _, offset = part.partition(".")
        if place[:1] in LETTERS.values() and digits(place[1:]) and digits(offset):
            found[(place[0], int(place[1:]))] = int(offset)
    return found


def digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def moved(seen: Vector, items: Iterable[Item]) -> dict[tuple[str, int], int]:
    after = dict(seen)
    for found in items:
        letter, partition, offset = found.place
        after[(letter, partition)] = max(offset, after.get((letter, partition), -1))
    return after
