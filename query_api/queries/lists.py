"""The issue list: per project and shelf a walk along an index, or the hits of a text search; merged."""

from typing import Final, LiteralString

import msgspec
from psycopg.sql import SQL, Composable, Composed, Identifier

from query_api.queries.conditions import conditions
from query_api.queries.issues import COLUMNS
from query_api.queries.store import Database
from query_api.queries.targets import is_hex32
from query_api.search.filters import IssueQuery
from query_api.sorts import KEYS, IssueSort
from query_api.views import IssueRow

SELECT: Final[LiteralString] = """
select {columns} from page join issues i using (issue_id) join issue_counts c using (issue_id)
join settings p on p.setting_id = 'project:' || i.project_id
order by page.sort_key desc, page.issue_id"""
WALK: Final[LiteralString] = """
with page as (
    select found.* from unnest(%(projects)s::bigint[]) as mine (project_id),
        unnest(%(shelves)s::smallint[]) as on_shelf (shelf),
        lateral (
            select {table}.{key} as sort_key, c.issue_id from issue_counts c {issues}
            where c.project_id = mine.project_id and c.shelf = on_shelf.shelf and {table}.{key} <= %(before)s
                and ({table}.{key} < %(before)s or c.issue_id > %(after)s::uuid) and {where}
            order by {table}.{key} desc, c.issue_id limit %(limit)s
        ) found
    order by sort_key desc, issue_id limit %(limit)s
)"""
# Probing each issue of the walk stops with the page; without `offset 0` the planner reads them all beforehand.
PROBED: Final[LiteralString] = "cross join lateral (select * from issues x where x.issue_id = c.issue_id offset 0) i"
# A rare value has an index of its own on `issues`; a sort by a column of `issues` reads all of the project anyway.
JOINED: Final[LiteralString] = "join issues i on i.issue_id = c.issue_id and i.project_id = mine.project_id"
SEARCH: Final[LiteralString] = """
with hits as materialized (
    select found.issue_id, found.last_seen_at from unnest(%(projects)s::bigint[]) as mine (project_id),
        lateral find_issues(mine.project_id, %(words)s, %(part)s, %(shelves)s::smallint[], %(newest)s, %(most)s,
            %(newest_after)s::uuid) found
), page as (
    select {table}.{key} as sort_key, c.issue_id from hits join issues i using (issue_id)
        join issue_counts c using (issue_id)
    where {table}.{key} <= %(before)s and ({table}.{key} < %(before)s or c.issue_id > %(after)s::uuid) and {where}
    order by {table}.{key} desc, c.issue_id limit %(limit)s
)"""
NAMED: Final[LiteralString] = """
select {columns} from issues i join issue_counts c using (issue_id)
join settings p on p.setting_id = 'project:' || i.project_id
where (i.issue_id = any (%(hex)s::uuid[]) or lower(p.value->>'slug') || '-' || i.number = any (%(short)s))
    and c.shelf = any (%(shelves)s) and {where}
order by c.last_seen_at desc, c.issue_id limit %(limit)s"""
SLUGS: Final = "select project_id from projects where lower(slug) = any (%s)"
OF_ISSUES: Final = frozenset({"users", "severity"})
INDEXED: Final = frozenset({IssueSort.LAST_SEEN, IssueSort.FIRST_SEEN})
NO_ID: Final = "0" * 32
MOST_HITS: Final = 2_000


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """Which issues: of these projects, behind (`before`, `after`) in the order of `sort`."""

    projects: tuple[int, ...]
    asked: IssueQuery
    sort: IssueSort
    before: int
    after: str = NO_ID
    limit: int


async def find(db: Database, walk: Walk) -> list[IssueRow]:
    """A page. Text narrows to the newest 2,000 hits of a project, before they are sorted."""
    projects = list(walk.projects)
    if walk.asked.slugs:
        wanted = [slug.lower() for slug in walk.asked.slugs]
        cursor = await db.connection.execute(SLUGS, (wanted,))
        projects = sorted(set(projects) & {row["project_id"] for row in await cursor.fetchall()})
    where, values = conditions(walk.asked.clauses)
    key = KEYS[walk.sort].column
    table = Identifier("i" if key in OF_ISSUES else "c")
    names: dict[str, Composable] = {"table": table, "key": Identifier(key), "where": where}
    query = composed(walk.asked, names, sort=walk.sort)
    return await db.rows(query, parameters(walk, projects) | dict(values), IssueRow)


def composed(asked: IssueQuery, names: dict[str, Composable], *, sort: IssueSort) -> Composed:
    columns = SQL(COLUMNS)
    if asked.ids:
        return SQL(NAMED).format(columns=columns, where=names["where"])
    names["issues"] = SQL(reached(asked, sort))
    return SQL(SEARCH if asked.by_text else WALK).format(**names) + SQL(SELECT).format(columns=columns)


def reached(asked: IssueQuery, sort: IssueSort) -> LiteralString:
    """How the walk comes to `issues`: not at all, by one joined read, or row by row."""
    by_issues = KEYS[sort].column in OF_ISSUES
    if not by_issues and not any("i." in clause.sql for clause in asked.clauses):
        return ""
    return PROBED if sort in INDEXED and not asked.rare else JOINED


def parameters(walk: Walk, projects: list[int]) -> dict[str, object]:
    """In the usual order the search itself starts behind the cursor; else it starts at the newest."""
    newest_first = walk.sort is IssueSort.LAST_SEEN
    asked = walk.asked
    return {
        "projects": projects,
        "shelves": list(asked.shelves),
        "before": walk.before,
        "after": walk.after,
        "limit": walk.limit,
        "words": asked.words,
        "part": asked.part,
        "newest": walk.before if newest_first else KEYS[IssueSort.LAST_SEEN].start,
        "newest_after": walk.after if newest_first else NO_ID,
        "most": walk.limit if newest_first and not asked.clauses else MOST_HITS,
        "hex": [given for given in asked.ids if is_hex32(given)],
        "short": [given.lower() for given in asked.ids],
    }
