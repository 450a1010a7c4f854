"""The issue as its changes show it, and as people see its status."""

from typing import Final

import msgspec

from schemas.issue_changed import IssueSnapshot
from schemas.kinds import Status
from stream_processors.recurrence.anomaly import gap_s
from stream_processors.recurrence.counting import Within
from stream_processors.recurrence.lifecycle import SETTLED_MS
from stream_processors.recurrence.memory import Face, Hot, Memory
from stream_processors.recurrence.rings import HOUR_MS, series

DAY_HOURS: Final = 24


def snapshot(memory: Memory) -> IssueSnapshot:
    hot, users = memory.hot, memory.cold.users
    counts = hot.counts
    windows = Within(counts, users, counts.last_at)
    hours = series(counts.hours, counts.last_at // HOUR_MS, DAY_HOURS)
    return msgspec.structs.replace(
        _decided(hot),
        times_seen=counts.total,
        users=users.count,
        users_exact=users.exact,
        seen_5m=windows.count(5),
        seen_1h=windows.count(60),
        seen_24h=sum(hours),
        hours=hours,
        first_seen_at=counts.first_at,
        last_seen_at=counts.last_at,
        gap_s=gap_s(hot.detector),
        first_release=hot.first_release,
        **_shown(hot.face),
    )


def _decided(hot: Hot) -> IssueSnapshot:
    """What people and rules say of it."""
    standing = hot.standing
    return IssueSnapshot(
        status=standing.status,
        severity=hot.grade.severity,
        severity_why=hot.grade.why,
        pinned_by=hot.pin.by,
        regressions=hot.regressions,
        assignee=hot.owned.assignee,
        assigned_why=hot.owned.why,
        assigned_at=hot.owned.at,
        resolution=standing.resolution,
        wake=standing.wake,
        merged_into=hot.merged_into,
    )


def _shown(face: Face) -> dict[str, object]:
    """The newest occurrence; its fields have the same names here and there."""
    return {name: getattr(face, name) for name in Face.__struct_fields__}


def shown_status(hot: Hot, at: int) -> Status:
    """The status at an instant: the stage has no clock, so a new issue is settled only by its next occurrence."""
    settled = at - hot.standing.at >= SETTLED_MS
    young = hot.standing.status in (Status.NEW, Status.REGRESSED)
    return Status.ONGOING if young and settled else hot.standing.status
