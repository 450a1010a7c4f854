"""What the page of one alert shows."""

from typing import Any, Final

import msgspec

from query_api.pages import Alert, Told
from query_api.queries.store import Database
from query_api.views import SEVERITIES

ALERT: Final = """
select e.issue_id, e.project_id, e.state, e.severity, coalesce(a.name, e.acked_by, '') as acked_by, i.title, i.place,
    i.users, c.times_seen
from episodes e join issues i using (issue_id) join issue_counts c using (issue_id)
left join people a on 'person:' || a.person = e.acked_by
where e.episode_id = %s::uuid"""
TOLD: Final = """
select coalesce(p.name, d.recipient) as name, d.channel, d.state from deliveries d
left join people p on 'person:' || p.person = d.recipient
where d.episode_id = %s::uuid and d.kind in ('open', 'escalate', 'unacked') order by d.decided_at limit 30"""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    issue_id: str
    project_id: int
    alert: Alert


async def alert(db: Database, episode_id: str, public_url: str) -> Found | None:
    cursor = await db.connection.execute(ALERT, (episode_id,))
    row: dict[str, Any] | None = await cursor.fetchone()
    if row is None:
        return None
    told = await db.rows(TOLD, (episode_id,), Told)
    shown = Alert(
        title=row["title"],
        severity=SEVERITIES[row["severity"]],
        place=row["place"],
        times_seen=row["times_seen"],
        users=row["users"],
        state=row["state"],
        acked_by=row["acked_by"],
        issue_url=f"{public_url}/issues/{row['issue_id']}",
        told=tuple(told),
    )
    return Found(issue_id=row["issue_id"], project_id=row["project_id"], alert=shown)
