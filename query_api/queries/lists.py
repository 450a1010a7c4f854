"""The issue list: per project and shelf a walk along an index, merged; a page never counts or offsets."""

from collections.abc import Sequence
from typing import Final, LiteralString

import msgspec
from psycopg.sql import SQL, Composed, Identifier

from query_api.queries.issues import COLUMNS
from query_api.queries.store import Database
from query_api.sorts import KEYS, IssueSort
from query_api.views import IssueRow

LIST: Final[LiteralString] = """
select {columns} from (
    select found.* from unnest(%(projects)s::bigint[]) as mine (project_id),
        unnest(%(shelves)s::smallint[]) as on_shelf (shelf),
        lateral (
            select {table}.{key} as sort_key, c.issue_id from issue_counts c join issues i using (issue_id)
            where c.project_id = mine.project_id and c.shelf = on_shelf.shelf and {table}.{key} <= %(before)s
                and ({table}.{key} < %(before)s or c.issue_id > %(after)s::uuid) and {where}
            order by {table}.{key} desc, c.issue_id limit %(limit)s
        ) found
    order by sort_key desc, issue_id limit %(limit)s
) page
join issues i using (issue_id) join issue_counts c using (issue_id)
join settings p on p.setting_id = 'project:' || i.project_id
order by page.sort_key desc, page.issue_id"""
OF_ISSUES: Final = frozenset({"users", "severity"})
NO_ID: Final = "0" * 32
EVERYTHING: Final = SQL("true")


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """Which issues: of these projects and shelves, behind (`before`, `after`) in the order of `sort`."""

    projects: tuple[int, ...]
    shelves: tuple[int, ...]
    sort: IssueSort
    before: int
    after: str = NO_ID
    limit: int


async def walk(
    db: Database, asked: Walk, where: SQL | Composed = EVERYTHING, values: Sequence[tuple[str, object]] = ()
) -> list[IssueRow]:
    """`where`: a condition over `c` (issue_counts) and `i` (issues); its `values` are parameters."""
    key = KEYS[asked.sort].column
    query = SQL(LIST).format(
        columns=SQL(COLUMNS),
        table=Identifier("i" if key in OF_ISSUES else "c"),
        key=Identifier(key),
        where=where,
    )
    params = msgspec.structs.asdict(asked) | dict(values)
    params |= {"projects": list(asked.projects), "shelves": list(asked.shelves)}
    return await db.rows(query, params, IssueRow)
