"""IssueChanged v1: one fact about an issue, with its reason and a full snapshot."""

from schemas.kinds import ChangeKind, Level, Severity, Status
from schemas.record import Hex32, Instant, Part, Position, ProjectId, Record


class Resolution(Part, frozen=True, kw_only=True):
    how: str
    by: str
    at: Instant
    value: str = ""  # release or commit
    latest: str = ""  # the newest declared release at that instant


class Wake(Part, frozen=True, kw_only=True):
    """What ends a snooze or an ignore; several may be set, the first met wins."""

    before: Status  # the status to return to
    until: str = ""  # for_ever, escalating
    until_at: Instant | None = None
    count: int = 0  # wakes when the total reaches this
    window_m: int = 0
    window_count: int = 0
    users: int = 0  # wakes when the number of users reaches this


class Condition(Part, frozen=True, kw_only=True):
    """One evaluated condition of a rule: what was compared with what."""

    name: str
    value: str
    threshold: str = ""
    window_m: int = 0
    passed: bool = False


class RuleMet(Part, frozen=True, kw_only=True):
    id: str
    version: int
    policy: str = "none"  # policy id, `default` or `none`
    trace: tuple[Condition, ...] = ()


class IssueSnapshot(Part, frozen=True, kw_only=True):
    """The issue after the change: enough for the shortest message and to rebuild its row."""

    status: Status
    severity: Severity
    severity_why: tuple[str, ...] = ()
    pinned_by: str = ""
    times_seen: int = 0
    users: int = 0
    users_exact: bool = True
    seen_5m: int = 0
    seen_1h: int = 0
    seen_24h: int = 0
    hours: tuple[int, ...] = ()  # counts of the last 24 hours, oldest first
    first_seen_at: Instant = 0
    last_seen_at: Instant = 0
    gap_s: int = 0  # expected time between occurrences
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
    first_release: str = ""
    regressions: int = 0
    assignee: str = ""
    assigned_why: tuple[str, ...] = ()
    assigned_at: Instant = 0
    resolution: Resolution | None = None
    wake: Wake | None = None
    merged_into: str = ""


class IssueChanged(Record, frozen=True, kw_only=True, tag="issue_changed.v1"):
    """`source` is the root position of the event that caused it; absent when a command did.

    `command_source` is then the position of that command in `issue-events`: a stage that sees the change
    published again knows it by that, however many commands came in between (`stream_processors/marks.py`).
    """

    change_id: Hex32
    issue_id: Hex32
    project_id: ProjectId
    kind: ChangeKind
    at: Instant
    seq: int
    cause: str  # event:<id> or command:<id>
    issue: IssueSnapshot
    source: Position | None = None
    command_source: Position | None = None
    reason: str = ""
    actor: str = ""
    rule: RuleMet | None = None
    before: str = ""  # the old value of the field that changed: undo, audit
    settings_offset: int = -1
    milestone: str = ""
    mentions: tuple[str, ...] = ()
