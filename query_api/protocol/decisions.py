"""What people decide about issues: 202, and the stage answers later."""

from typing import Final

from litestar import Response
from litestar.params import JSONBody

from query_api import commands
from query_api.commands import Assign, Decision, Ignore, Made, Resolve, SetSeverity, Snooze
from query_api.protocol.wiring import PREFIX, Handles, TheCall, TheDesk
from query_api.queries.decisions import Accepted, decide, state
from schemas.commands import EpisodeCommandKind


async def accept(call: TheCall, desk: TheDesk, made: Made) -> Response[Accepted]:
    """Store it with its audit row in one transaction; the same Idempotency-Key again changes nothing."""
    async with desk.store.within(call.seen) as db:
        new = await decide(db, call, made)
        known = await state(db, made.command.command_id)
    headers = {"Location": f"{PREFIX}/commands/{known.command_id}"}
    if not new:
        headers["Idempotency-Replayed"] = "true"
    return Response(Accepted(command_id=known.command_id, state=known.state), status_code=202, headers=headers)


async def resolve(call: TheCall, desk: TheDesk, data: JSONBody[Resolve]) -> Response[Accepted]:
    """Resolve: now, in the next release, in a release, or by a commit."""
    return await accept(call, desk, commands.resolve(call, data))


async def reopen(call: TheCall, desk: TheDesk, data: JSONBody[Decision]) -> Response[Accepted]:
    """Open it again."""
    return await accept(call, desk, commands.reopen(call, data))


async def ignore(call: TheCall, desk: TheDesk, data: JSONBody[Ignore]) -> Response[Accepted]:
    """Ignore for ever, or until it escalates."""
    return await accept(call, desk, commands.ignore(call, data))


async def snooze(call: TheCall, desk: TheDesk, data: JSONBody[Snooze]) -> Response[Accepted]:
    """Be silent until an instant, a number of events, or a number of users."""
    return await accept(call, desk, commands.snooze(call, data))


async def assign(call: TheCall, desk: TheDesk, data: JSONBody[Assign]) -> Response[Accepted]:
    """Give it to a person, a team, or nobody."""
    return await accept(call, desk, commands.assign(call, data))


async def severity(call: TheCall, desk: TheDesk, data: JSONBody[SetSeverity]) -> Response[Accepted]:
    """Pin the severity; without one, let it be judged again."""
    return await accept(call, desk, commands.set_severity(call, data))


async def acknowledge(call: TheCall, desk: TheDesk, data: JSONBody[Decision]) -> Response[Accepted]:
    """Say "I have it": escalation stops."""
    return await accept(call, desk, commands.on_episode(call, EpisodeCommandKind.ACKNOWLEDGE, data))


async def unacknowledge(call: TheCall, desk: TheDesk, data: JSONBody[Decision]) -> Response[Accepted]:
    """Give it back: escalation goes on."""
    return await accept(call, desk, commands.on_episode(call, EpisodeCommandKind.UNACKNOWLEDGE, data))


async def escalate(call: TheCall, desk: TheDesk, data: JSONBody[Decision]) -> Response[Accepted]:
    """Call the next step now."""
    return await accept(call, desk, commands.on_episode(call, EpisodeCommandKind.ESCALATE_NOW, data))


HANDLES: Final[Handles] = {
    "issues_resolve": resolve,
    "issues_reopen": reopen,
    "issues_ignore": ignore,
    "issues_snooze": snooze,
    "issues_assign": assign,
    "issues_severity": severity,
    "issues_acknowledge": acknowledge,
    "issues_unacknowledge": unacknowledge,
    "issues_escalate": escalate,
}
