"""Settings of people, their contact methods, teams, and who is on call."""

from schemas.kinds import Channel, Role, Severity
from schemas.record import Instant, Part


class Hours(Part, frozen=True, kw_only=True):
    """Wall-clock span in the person's zone; `start` > `end` crosses midnight. `HH:MM`."""

    start: str
    end: str
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)  # Monday is 0


class Leave(Part, frozen=True, kw_only=True):
    start_at: Instant
    end_at: Instant
    note: str = ""


class PersonSettings(Part, frozen=True, kw_only=True):
    """`person:<id>`. `roles`: project id as text -> role."""

    email: str
    name: str = ""
    active: bool = True
    staff: bool = False
    roles: dict[str, Role] = {}
    zone: str = "UTC"
    locale: str = "en"
    working_hours: Hours | None = None
    quiet_hours: Hours | None = None
    leave: tuple[Leave, ...] = ()
    capacity: int = 5
    slack_user: str = ""


class MethodSettings(Part, frozen=True, kw_only=True):
    """`method:<id>`: where a person can be reached. `address` is sealed, `hint` is shown."""

    person: str  # id, without the kind
    channel: Channel
    address: str
    hint: str = ""
    verified_at: Instant = 0  # 0: not verified, not used
    disabled_why: str = ""


class PersonalRuleSettings(Part, frozen=True, kw_only=True):
    """`personal_rule:<id>`: from `severity` on, after `delay_s`, by `method`."""

    person: str
    method: str
    severity: Severity = Severity.HIGH
    delay_s: int = 0


class TeamSettings(Part, frozen=True, kw_only=True):
    """`team:<id>`; `members`: (person id, role in the team)."""

    name: str
    members: tuple[tuple[str, str], ...] = ()
    lead: str = ""
    policy: str = ""
    schedule: str = ""  # who is on call for its projects
    fallback: str = ""  # channel id
    chat: str = ""  # channel id


class ChannelSettings(Part, frozen=True, kw_only=True):
    """`channel:<id>`: a place that shows episodes. `address` is sealed."""

    name: str
    type: Channel
    address: str
    owner: str = ""
    hint: str = ""
    disabled_why: str = ""


class Layer(Part, frozen=True, kw_only=True):
    """One rotation of a schedule: a turn each `length` x `unit` from `start` (wall clock)."""

    priority: int
    people: tuple[str, ...]
    start: str = "2026-01-05T09:00"
    unit: str = "week"  # hour, day, week, month
    length: int = 1
    hours: Hours | None = None  # None: around the clock


class Shift(Part, frozen=True, kw_only=True):
    start_at: Instant
    end_at: Instant
    person: str


class Temporary(Part, frozen=True, kw_only=True):
    """From `start_at` to `end_at` only these shifts count: no layer, no override."""

    start_at: Instant
    end_at: Instant
    shifts: tuple[Shift, ...] = ()


class ScheduleSettings(Part, frozen=True, kw_only=True):
    """`schedule:<id>`."""

    name: str
    zone: str
    layers: tuple[Layer, ...] = ()
    shifts: tuple[Shift, ...] = ()  # imported, act as a layer of priority `shifts_priority`
    shifts_priority: int = 0
    temporaries: tuple[Temporary, ...] = ()


class OverrideSettings(Part, frozen=True, kw_only=True):
    """`override:<id>`: both persons = replace."""

    schedule: str
    start_at: Instant
    end_at: Instant
    add: str = ""
    remove: str = ""
    reason: str = ""
