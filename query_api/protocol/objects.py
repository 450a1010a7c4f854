"""Settings objects: seven operations, written once and registered for each kind."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Response
from litestar.params import JSONBody, QueryParameter, RawBody

from query_api.objects.kinds import KINDS, Kind
from query_api.objects.shapes import Change, Changes, Draft, Object, Objects, Preview, Replacement
from query_api.protocol import objects_written as written
from query_api.protocol.issues import Limit
from query_api.protocol.sealing import hidden
from query_api.protocol.wiring import Handle, Handles, TheCall, TheDesk
from query_api.queries import objects as stored
from query_api.queries import settings
from query_api.queries.audit import record

Project = Annotated[int, QueryParameter(ge=0, le=2**53, description="only of this project; 0: all of mine")]
Cursor = Annotated[str, QueryParameter(max_length=200, description="`next` of the page before")]


def reading(kind: Kind) -> Handles:
    async def listed(
        call: TheCall, desk: TheDesk, *, project: Project = 0, limit: Limit = 100, cursor: Cursor = ""
    ) -> Any:
        async with desk.store.within(call.projects) as db:
            person = call.caller.person if kind.of_person else ""
            found = await stored.listed(db, kind.name, project=project, person=person, after=cursor, limit=limit + 1)
        items = tuple(written.shown(kind, one) for one in found[:limit])
        return Objects(items=items, next=found[limit - 1].setting_id if len(found) > limit else msgspec.UNSET)

    async def show(call: TheCall, desk: TheDesk) -> Any:
        async with desk.store.within(call.seen) as db:
            return written.tagged(kind, await written.mine(db, kind, call))

    async def history(call: TheCall, desk: TheDesk) -> Changes:
        async with desk.store.within(call.seen) as db:
            found = await written.mine(db, kind, call)
            versions = await stored.history(db, found.setting_id)
        return Changes(
            items=tuple(
                Change(version=one.version, at=one.at, actor=one.actor, value=hidden(kind, one.value))
                for one in versions
            )
        )

    typed(listed, f"All {kind.path} I may see.", answer=Objects[kind.struct])  # type: ignore[name-defined]
    typed(show, f"One of the {kind.path}.", answer=Response[Object[kind.struct]])  # type: ignore[name-defined]
    typed(history, f"Its versions, newest first ({kind.path}).", answer=Changes)
    return {"list": listed, "show": show, "history": history}


def writing(kind: Kind) -> Handles:
    async def create(call: TheCall, desk: TheDesk, data: Any, body: RawBody) -> Any:
        return await written.created(kind, call, desk, draft=data, body=body)

    async def replace(call: TheCall, desk: TheDesk, data: Any, body: RawBody) -> Any:
        return await written.replaced(kind, call, desk, body=body)

    async def preview(call: TheCall, desk: TheDesk, data: Any, body: RawBody) -> Any:
        return await written.previewed(kind, call, desk, draft=data, body=body)

    async def remove(call: TheCall, desk: TheDesk) -> None:
        expected = settings.expected_version(call.if_match)
        async with desk.store.within(call.seen) as db:
            before = await written.mine(db, kind, call)
            written.refuse_needed(before)
            await settings.change(db, call, before, None, expected=expected)
            await record(db, call, entity=before.setting_id, before=hidden(kind, before.value))

    answer = Response[Object[kind.struct]]  # type: ignore[name-defined]
    draft, value = JSONBody[Draft[kind.struct]], JSONBody[Replacement[kind.struct]]  # type: ignore[name-defined]
    typed(create, f"A new one of the {kind.path}.", answer=answer, data=draft)
    typed(replace, f"Replace it ({kind.path}); needs If-Match.", answer=answer, data=value)
    typed(preview, f"What it would do ({kind.path}); saves nothing.", answer=Preview, data=draft)
    typed(remove, f"Remove it ({kind.path}); needs If-Match.", answer=None)
    return {"create": create, "replace": replace, "preview": preview, "remove": remove}


def typed(handle: Handle, words: str, *, answer: Any, data: Any = None) -> None:
    """Annotations carry the kind's record, so that the contract is typed."""
    handle.__doc__ = words
    handle.__annotations__["return"] = answer
    if data is not None:
        handle.__annotations__["data"] = data


HANDLES: Final[Handles] = {
    f"{kind.name}_{verb}": handle for kind in KINDS for verb, handle in (reading(kind) | writing(kind)).items()
}
