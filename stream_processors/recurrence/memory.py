"""What recurrence remembers of one issue, and its bytes: a hot and a cold record (data.md 3).

Hot is rewritten whenever something happens and carries the marks. Cold holds only unions, minima and maxima, so
folding an occurrence into it twice changes nothing; it is logged first and may be ahead of hot after a crash.
"""

from typing import Final

import msgspec

from schemas.issue_changed import Resolution, Wake
from schemas.kinds import Level, Severity, Status
from stream_processors.marks import Marks
from stream_processors.recurrence.anomaly import LONG_AGO, Detector
from stream_processors.recurrence.rings import Ring
from stream_processors.recurrence.users import Users

LAYOUT: Final = 1
HOT: Final = b"i"
COLD: Final = b"c"
HOT_BYTES: Final = 8 * 1024  # more is cut down, see caps.py
COLD_BYTES: Final = 8 * 1024


class Counts(msgspec.Struct, frozen=True, array_like=True):
    """How often, and when. The rings and `recent` are keyed by `received_at`; a late one may only reach the total."""

    total: int = 0
    first_at: int = 0
    last_at: int = 0
    minutes: Ring = Ring()
    hours: Ring = Ring()
    days: Ring = Ring()
    recent: bytes = b""


class Face(msgspec.Struct, frozen=True, array_like=True):
    """What the newest occurrence showed."""

    event_id: str = ""
    type: str = ""
    title: str = ""
    culprit: str = ""
    place: str = ""
    platform: str = ""
    service: str = ""
    environment: str = ""
    release: str = ""
    route: str = ""
    key: str = ""
    tags: dict[str, str] = {}
    handled: bool | None = None
    level: Level = Level.ERROR


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """The status since `at`, and what may end it. `since_total`: occurrences seen when it was snoozed."""

    status: Status = Status.NEW
    at: int = 0
    resolution: Resolution | None = None
    wake: Wake | None = None
    since_total: int = 0


class Owned(msgspec.Struct, frozen=True, array_like=True):
    """Whose it is, and who said so."""

    assignee: str = ""
    why: tuple[str, ...] = ()
    at: int = 0
    by: str = ""


class Pin(msgspec.Struct, frozen=True, array_like=True):
    """A severity that a person set."""

    severity: Severity | None = None
    by: str = ""


class Grade(msgspec.Struct, frozen=True, array_like=True):
    """Severity with its reasons. `base` only rises while the issue is open: an issue is as bad as its worst event."""

    severity: Severity = Severity.LOW
    why: tuple[str, ...] = ()
    base: Severity = Severity.LOW
    base_why: str = ""
    crash: bool = False  # one of its events ended a process
    crowd_at: int = LONG_AGO  # when many users were last hit at once
    crowd: str = ""  # how many, against what
    people: bool = False  # not only machines were seen
    nameless: bool = False  # an event without a user was seen
    was_critical: bool = False  # before it came back


class Pushed(msgspec.Struct, frozen=True, array_like=True):
    """The project's pulse names this issue a top contributor until `until_at`."""

    until_at: int = 0
    evidence: tuple[str, ...] = ()


class Carried(msgspec.Struct, frozen=True, array_like=True):
    """How many of a day's occurrences name a user, a trace: (all, users, traces) of `day` and of the day before.

    `keys`: eight bytes for each user or trace seen in the open `minute`.
    """

    day: int = 0
    today: tuple[int, int, int] = (0, 0, 0)
    yesterday: tuple[int, int, int] = (0, 0, 0)
    minute: int = 0
    keys: bytes = b""


class RuleState(msgspec.Struct, frozen=True, array_like=True):
    """`on`: met, and not false since. `failed` and `value`: the check that said no last time (-1: none did)."""

    on: bool = False
    met_at: int = LONG_AGO
    failed: int = -1
    value: float = 0.0


class Former(msgspec.Struct, frozen=True, array_like=True):
    """What a command replaced. A field is None when it was left alone, or changed again since.

    `aim` is the field the command was about; once that has changed again the command cannot be undone.
    """

    command: bytes
    aim: str
    standing: Standing | None = None
    owned: Owned | None = None
    pin: Pin | None = None


class Hot(msgspec.Struct, frozen=True, array_like=True):
    """`changes` numbers the changes of the issue; `seq` grows with every write."""

    layout: int
    seq: int
    marks: Marks
    project_id: int
    counts: Counts
    detector: Detector
    standing: Standing = Standing()
    owned: Owned = Owned()
    pin: Pin = Pin()
    grade: Grade = Grade()
    face: Face = Face()
    pushed: Pushed = Pushed()
    rules: dict[str, RuleState] = {}
    formers: tuple[Former, ...] = ()
    changes: int = 0
    regressions: int = 0
    first_release: str = ""
    active_minute: int = -1
    opened_at: int = 0  # first seen, or came back
    human_at: int = 0
    hit_at: int = LONG_AGO  # verdict D
    merged_into: str = ""
    pulse: bool = False
    carried: Carried = Carried()


class Sighting(msgspec.Struct, frozen=True, array_like=True):
    name: str
    first_at: int
    last_at: int


class Reached(msgspec.Struct, frozen=True, array_like=True):
    """Milestones passed: powers of ten of the total and of the users, days of age."""

    total: int = 0
    users: int = 0
    days: int = 0


class Cold(msgspec.Struct, frozen=True, array_like=True):
    layout: int = LAYOUT
    seq: int = 0
    users: Users = Users()
    releases: tuple[Sighting, ...] = ()
    environments: tuple[Sighting, ...] = ()
    reached: Reached = Reached()


class Memory(msgspec.Struct, frozen=True):
    hot: Hot
    cold: Cold


_ENCODER: Final = msgspec.msgpack.Encoder()
_HOT: Final = msgspec.msgpack.Decoder(Hot)
_COLD: Final = msgspec.msgpack.Decoder(Cold)


def hot_key(issue_id: str) -> bytes:
    return HOT + bytes.fromhex(issue_id)


def cold_key(issue_id: str) -> bytes:
    return COLD + bytes.fromhex(issue_id)


def encoded(value: Hot | Cold) -> bytes:
    return _ENCODER.encode(value)


def hot_of(raw: bytes) -> Hot:
    return _HOT.decode(raw)


def cold_of(raw: bytes | None) -> Cold:
    return _COLD.decode(raw) if raw else Cold()


def is_open(hot: Hot) -> bool:
    """Whether it may alarm anybody."""
    return not hot.merged_into and hot.standing.status in OPEN


OPEN: Final = frozenset({Status.NEW, Status.ONGOING, Status.REGRESSED, Status.ESCALATING})
