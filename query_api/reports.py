"""Rows of the analytical views, as they are shown."""

import msgspec

from query_api.views import SEVERITIES, View


class TrendRow(View, frozen=True, kw_only=True):
    """The last 7 whole days against the 7 before; `trend`: up, down, level by the 95 % interval."""

    issue_id: str
    short_id: str
    title: str
    last_7d: int
    before_7d: int
    ratio: float
    ratio_low: float
    ratio_high: float
    trend: str


class ImpactRow(msgspec.Struct, frozen=True, kw_only=True):
    issue_id: str
    short_id: str
    title: str
    severity: int
    status: str
    times_seen: int
    users: int
    users_exact: bool
    first_seen_at: int
    last_seen_at: int
    environments: int
    releases: int
    first_release: str
    last_release: str | None


class Impact(View, frozen=True, kw_only=True):
    issue_id: str
    short_id: str
    title: str
    severity: str
    status: str
    times_seen: int
    users: int
    users_exact: bool
    first_seen_at: int
    last_seen_at: int
    environments: int = 0
    releases: int = 0
    first_release: str = ""
    last_release: str = ""


class Load(View, frozen=True, kw_only=True):
    """What a person holds; `load` = 3 critical + 2 high + 1 medium + pages of 24 h / 2. Never a ranking."""

    person: str
    name: str | None = None
    capacity: int = 5
    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    acked: int = 0
    pages_24h: int = 0
    load: float = 0.0


class ServiceRow(View, frozen=True, kw_only=True):
    project_id: int
    service: str
    events_2h: int = 0
    events_24h: int = 0
    open_issues: int = 0
    critical: int = 0
    high: int = 0
    firing: int = 0


class Recurring(View, frozen=True, kw_only=True):
    """Seen on 5 of the last 30 days, or regressed twice."""

    issue_id: str
    short_id: str
    title: str
    status: str
    regressions: int = 0
    days_30: int = 0
    times_seen_30d: int = 0


class Trends(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[TrendRow, ...]


class Impacts(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Impact, ...]


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Load, ...]


class Services(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[ServiceRow, ...]


class Recurrings(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Recurring, ...]


def impact(row: ImpactRow) -> Impact:
    fields = msgspec.structs.asdict(row)
    shown = {**fields, "severity": SEVERITIES[row.severity], "last_release": row.last_release or ""}
    return msgspec.convert(shown, Impact)
