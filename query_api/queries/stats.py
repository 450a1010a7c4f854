"""Counts behind statistics: from the rollups where they hold the dimension, else from events of a short span."""

from typing import Final, LiteralString

from psycopg.sql import SQL

from query_api.queries.store import Database
from query_api.stats import CountRow, Dimension, Group, Metric, PairRow, Part

COLUMNS: Final[dict[Group, LiteralString]] = {
    Group.NONE: "'all'",
    Group.PROJECT: "project_id::text",
    Group.ENVIRONMENT: "environment",
    Group.SERVICE: "service",
    Group.LEVEL: "(array['debug','info','warning','error','fatal'])[level + 1]",
}
EVENTS: Final[LiteralString] = """
select {name} as name, hour_at as at, sum(times_seen)::bigint as events from project_hourly
where project_id = any (%(projects)s) and hour_at >= %(first)s and hour_at < %(last)s
    and (%(environment)s = '' or environment = %(environment)s) and (%(service)s = '' or service = %(service)s)
group by 1, 2"""
OTHERS: Final[dict[Metric, str]] = {
    Metric.NEW: """
select 'all' as name, first_seen_at / 3600000 * 3600000 as at, count(*) as events from issue_counts
where project_id = any (%(projects)s) and first_seen_at >= %(first)s and first_seen_at < %(last)s group by 2""",
    Metric.REGRESSED: """
select 'all' as name, at / 3600000 * 3600000 as at, count(*) as events from activity
where project_id = any (%(projects)s) and at >= %(first)s and at < %(last)s and kind = 'regressed' group by 2""",
    Metric.PAGES: """
select 'all' as name, decided_at / 3600000 * 3600000 as at, count(*) as events from deliveries
where project_id = any (%(projects)s) and decided_at >= %(first)s and decided_at < %(last)s
    and kind in ('open', 'escalate', 'reopened', 'unacked') and accepted_at is not null group by 2""",
}
ROLLED: Final[LiteralString] = """
select {name} as value, sum(times_seen)::bigint as events from project_hourly
where project_id = any (%(projects)s) and hour_at >= %(first)s and hour_at < %(last)s
    and (%(environment)s = '' or environment = %(environment)s) and (%(service)s = '' or service = %(service)s)
group by 1 order by 2 desc, 1 limit 1000"""
ROLLED_BY: Final[dict[Dimension, LiteralString]] = {
    Dimension.ENVIRONMENT: COLUMNS[Group.ENVIRONMENT],
    Dimension.SERVICE: COLUMNS[Group.SERVICE],
    Dimension.LEVEL: COLUMNS[Group.LEVEL],
    Dimension.PROJECT: COLUMNS[Group.PROJECT],
}
OF_ISSUES: Final[LiteralString] = """
select {name} as value, sum(d.times_seen)::bigint as events from issue_daily d join issues i using (issue_id)
where d.project_id = any (%(projects)s) and d.day >= day_of(%(first)s) and d.day <= day_of(%(last)s)
    and (%(environment)s = '' or true) and (%(service)s = '' or i.service = %(service)s)
group by 1 order by 2 desc, 1 limit 1000"""
OF_ISSUES_BY: Final[dict[Dimension, LiteralString]] = {
    Dimension.TYPE: "i.type",
    Dimension.SEVERITY: "(array['low','medium','high','critical'])[i.severity + 1]",
}
OF_EVENTS: Final[LiteralString] = """
select {name} as value, count(*) as events from occurrences
where project_id = any (%(projects)s) and received_at >= %(first)s and received_at < %(last)s
    and (%(environment)s = '' or environment = %(environment)s) and (%(service)s = '' or service = %(service)s)
group by 1 having {name} is not null order by 2 desc, 1 limit 1000"""
OF_EVENTS_BY: Final[dict[Dimension, LiteralString]] = {
    Dimension.RELEASE: "release",
    Dimension.ROUTE: "route",
    Dimension.USER: "lpad(to_hex(user_hash), 16, '0')",
    Dimension.TAG: "tags->>%(tag)s",
}
PAIRS: Final = """
with counted as (
    select issue_id, coalesce(sum(times_seen) filter (where day >= day_of(%(first)s)), 0)::bigint as now,
        coalesce(sum(times_seen) filter (where day < day_of(%(first)s)), 0)::bigint as before
    from issue_daily where project_id = any (%(projects)s) and day >= day_of(%(before)s) and day < day_of(%(last)s)
    group by issue_id
)
select i.issue_id, i.project_id, upper(p.slug) || '-' || i.number as short_id, i.title, c.now, c.before
from counted c join issues i using (issue_id) join projects p using (project_id)
order by abs(c.now - c.before) desc, i.issue_id limit %(limit)s"""
Params = dict[str, object]


async def series(db: Database, metric: Metric, group: Group, params: Params) -> list[CountRow]:
    if metric is Metric.EVENTS:
        return await db.rows(SQL(EVENTS).format(name=SQL(COLUMNS[group])), params, CountRow)
    cursor = await db.connection.execute(OTHERS[metric].encode(), params)
    return [CountRow(row["name"], int(row["at"]), int(row["events"])) for row in await cursor.fetchall()]


async def breakdown(db: Database, dimension: Dimension, params: Params) -> list[Part]:
    if dimension in ROLLED_BY:
        return await db.rows(SQL(ROLLED).format(name=SQL(ROLLED_BY[dimension])), params, Part)
    if dimension in OF_ISSUES_BY:
        return await db.rows(SQL(OF_ISSUES).format(name=SQL(OF_ISSUES_BY[dimension])), params, Part)
    return await db.rows(SQL(OF_EVENTS).format(name=SQL(OF_EVENTS_BY[dimension])), params, Part)


async def pairs(db: Database, params: Params) -> list[PairRow]:
    return await db.rows(PAIRS, params, PairRow)
