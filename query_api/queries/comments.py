"""Rows of comments."""

from typing import Final

from query_api.comments import Comment
from query_api.queries.store import Database

LIST: Final = """
select comment_id, issue_id, author, body, at, mentions, edited_at from comments
where issue_id = %s::uuid and deleted_at is null order by at limit 500"""
ONE: Final = """
select comment_id, issue_id, author, body, at, mentions, edited_at from comments
where comment_id = %s and deleted_at is null"""
INSERT: Final = """
insert into comments (comment_id, issue_id, project_id, author, body, mentions, at)
values (%s, %s::uuid, %s, %s, %s, %s, %s) on conflict (comment_id) do nothing"""
NAMES: Final = """
select person, lower(split_part(email, '@', 1)) as name from people where active
union all select person, lower(replace(name, ' ', '.')) from people where active
union all select person, person from people where active"""


async def listed(db: Database, issue_id: str) -> list[Comment]:
    return await db.rows(LIST, (issue_id,), Comment)


async def one(db: Database, comment_id: str) -> Comment:
    return await db.one(ONE, (comment_id,), Comment)


async def add(db: Database, comment: Comment, project_id: int) -> int:
    return await db.run(
        INSERT,
        (
            *(comment.comment_id, comment.issue_id, project_id, comment.author, comment.body),
            *(list(comment.mentions), comment.at),
        ),
    )


async def edit(db: Database, comment_id: str, *, author: str, body: str, at: int) -> int:
    return await db.run(
        "update comments set body = %s, edited_at = %s where comment_id = %s and author = %s and deleted_at is null",
        (body, at, comment_id, author),
    )


async def remove(db: Database, comment_id: str, *, author: str, at: int) -> int:
    return await db.run(
        "update comments set deleted_at = %s where comment_id = %s and author = %s and deleted_at is null",
        (at, comment_id, author),
    )


async def names(db: Database) -> dict[str, str]:
    """What may stand behind an `@`: the start of the address, the name with dots, the id."""
    cursor = await db.connection.execute(NAMES)
    return {row["name"]: row["person"] for row in await cursor.fetchall()}
