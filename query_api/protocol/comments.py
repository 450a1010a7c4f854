"""Comments on issues."""

from typing import Final

from litestar import Response
from litestar.params import FromPath, JSONBody

from domain.ids import digest
from query_api import commands
from query_api.comments import Comment, Comments, NewComment, mentioned
from query_api.problems import Code, Problem
from query_api.protocol.wiring import Handles, TheCall, TheDesk
from query_api.queries import comments as stored
from query_api.queries.audit import record
from query_api.queries.decisions import decide


async def list_comments(call: TheCall, desk: TheDesk) -> Comments:
    """What people said, oldest first."""
    async with desk.store.within(call.seen) as db:
        return Comments(items=tuple(await stored.listed(db, call.target)))


async def add_comment(call: TheCall, desk: TheDesk, data: JSONBody[NewComment]) -> Response[Comment]:
    """Say something; who is mentioned by @name is told."""
    comment_id = digest("comment", call.caller.actor, call.target, call.key)[:26]
    async with desk.store.within(call.seen) as db:
        mentions = mentioned(data.body, await stored.names(db))
        made = Comment(
            comment_id=comment_id,
            issue_id=call.target,
            author=call.caller.actor,
            body=data.body,
            at=call.at,
            mentions=mentions,
        )
        new = await stored.add(db, made, call.project_id)
        found = await stored.one(db, comment_id)
        if found.body != data.body:
            raise Problem(Code.KEY_REUSED)
        if new:
            await decide(db, call, commands.comment(call, comment_id, tuple(f"person:{one}" for one in mentions)))
    return Response(found, status_code=201, headers={} if new else {"Idempotency-Replayed": "true"})


async def edit_comment(call: TheCall, desk: TheDesk, comment_id: FromPath[str], data: JSONBody[NewComment]) -> Comment:
    """Change what I said."""
    async with desk.store.within(call.seen) as db:
        before = await stored.one(db, comment_id)
        if not await stored.edit(db, comment_id, author=call.caller.actor, body=data.body, at=call.at):
            raise Problem(Code.ROLE_NEEDED, "Only its author may change a comment.")
        await record(db, call, entity=f"comment:{comment_id}", before=before.body, after=data.body)
        return await stored.one(db, comment_id)


async def remove_comment(call: TheCall, desk: TheDesk, comment_id: FromPath[str]) -> None:
    """Take back what I said."""
    async with desk.store.within(call.seen) as db:
        before = await stored.one(db, comment_id)
        if not await stored.remove(db, comment_id, author=call.caller.actor, at=call.at):
            raise Problem(Code.ROLE_NEEDED, "Only its author may remove a comment.")
        await record(db, call, entity=f"comment:{comment_id}", before=before.body)


HANDLES: Final[Handles] = {
    "comments_list": list_comments,
    "comments_create": add_comment,
    "comments_change": edit_comment,
    "comments_remove": remove_comment,
}
