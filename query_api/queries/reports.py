"""Reads of the analytical views."""

from typing import Final

from query_api.queries.store import Database
from query_api.reports import ImpactRow, Load, Recurring, ServiceRow, TrendRow

TRENDS: Final = """
select t.issue_id, upper(p.slug) || '-' || i.number as short_id, i.title, t.last_7d, t.before_7d, t.ratio, t.ratio_low,
    t.ratio_high, t.trend
from issue_trends t join issues i using (issue_id) join projects p on p.project_id = t.project_id
where t.project_id = any (%s) and t.trend = any (%s)
order by abs(t.last_7d - t.before_7d) desc, t.issue_id limit %s"""
IMPACT: Final = """
select m.issue_id, upper(p.slug) || '-' || m.number as short_id, m.title, m.severity, m.status, m.times_seen, m.users,
    m.users_exact, m.first_seen_at, m.last_seen_at, m.environments, m.releases, m.first_release, m.last_release
from (
    select i.issue_id from issues i where i.project_id = any (%s) and i.is_open
    order by i.users desc, i.issue_id limit %s
) top join issue_impact m using (issue_id) join projects p using (project_id)
order by m.users desc, m.issue_id"""
WORKLOAD: Final = """
select person, name, capacity, critical, high, medium, low, acked, pages_24h, load from developer_workload
order by person limit 500"""
SERVICES: Final = """
select project_id, service, events_2h, events_24h, open_issues, critical, high, firing from service_health
where project_id = any (%s) order by events_24h desc, service limit 500"""
RECURRING: Final = """
select r.issue_id, upper(p.slug) || '-' || r.number as short_id, r.title, r.status, r.regressions, r.days_30,
    r.times_seen_30d
from recurring_issues r join projects p using (project_id)
where r.project_id = any (%s) order by r.days_30 desc, r.regressions desc, r.issue_id limit %s"""


async def trends(db: Database, projects: list[int], kinds: list[str], limit: int) -> list[TrendRow]:
    return await db.rows(TRENDS, (projects, kinds, limit), TrendRow)


async def impact(db: Database, projects: list[int], limit: int) -> list[ImpactRow]:
    return await db.rows(IMPACT, (projects, limit), ImpactRow)


async def workload(db: Database) -> list[Load]:
    return await db.rows(WORKLOAD, (), Load)


async def services(db: Database, projects: list[int]) -> list[ServiceRow]:
    return await db.rows(SERVICES, (projects,), ServiceRow)


async def recurring(db: Database, projects: list[int], limit: int) -> list[Recurring]:
    return await db.rows(RECURRING, (projects, limit), Recurring)
