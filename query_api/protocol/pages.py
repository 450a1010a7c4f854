"""Links of messages: `/a/<pass>` to take an alert with two taps, `/password/<pass>`, and where `/issues/<id>` leads."""

import time
from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from domain.passes import ActionPass, opened
from query_api import commands, pages
from query_api.calls import Call
from query_api.commands import Decision
from query_api.guard import address_of
from query_api.operations import BY_ID
from query_api.origins import foreign
from query_api.problems import Problem
from query_api.protocol import passwords
from query_api.protocol.wiring import Desk, TheDesk
from query_api.queries import pages as stored
from query_api.queries.decisions import decide
from query_api.rates import Cost
from query_api.rights import Caller, Least, rank, reach
from schemas.commands import EpisodeCommandKind

Html = Response[str]
KINDS: Final = {
    "acknowledge": ("issues_acknowledge", EpisodeCommandKind.ACKNOWLEDGE, "You have it."),
    "escalate": ("issues_escalate", EpisodeCommandKind.ESCALATE_NOW, "The next ones are called."),
}
OVER: Final = ("This link is over", "Links in messages work for a day. Sign in to act.")
LIMIT_BYTES: Final = 2_000


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A pass that holds: whose it is and what it shows."""

    passed: ActionPass
    caller: Caller
    found: stored.Found


def html(text: str, status: int = 200) -> Html:
    """The pass in the address goes to no other site (Referrer-Policy: same-origin, as everywhere); with

    `no-referrer` browsers would send the form with `Origin: null`, which we could not tell from a foreign page.
    """
    return Response(text, status_code=status, media_type=MediaType.HTML)


async def held(request: Request[Any, Any, Any], desk: Desk, token: str) -> Held | None:
    """None for a pass that is forged or past its day, whose person is gone, or may no longer see the project."""
    at = int(time.time() * 1000)
    desk.guard.spend(f"page:{address_of(request)}", Cost.READ, at)
    passed = opened(token[:LIMIT_BYTES], desk.pass_key, ActionPass, at)
    caller = await desk.logins.by_person(passed.person) if passed else None
    if passed is None or caller is None:
        return None
    async with desk.store.within(reach(caller, Least.VIEWER)) as db:
        found = await stored.alert(db, passed.episode_id, desk.public_url)
    return Held(passed=passed, caller=caller, found=found) if found else None


@get("/a/{token:str}")
async def show_alert(request: Request[Any, Any, Any], desk: TheDesk, token: FromPath[str]) -> Html:
    holding = await held(request, desk, token)
    if holding is None:
        return html(pages.said(*OVER), 404)
    return html(pages.alert(holding.found.alert, token))


@post("/a/{token:str}/{action:str}", status_code=200)
async def act_on_alert(
    request: Request[Any, Any, Any], desk: TheDesk, token: FromPath[str], action: FromPath[str]
) -> Html:
    """The pass is the right to act; a page of another site may not press the button."""
    holding = await held(request, desk, token)
    if holding is None or action not in KINDS or foreign(dict(request.headers), desk.guard.origin):
        return html(pages.said(*OVER), 404)
    operation_id, kind, words = KINDS[action]
    if rank(holding.caller, holding.found.project_id) < Least.MEMBER:
        return html(pages.said("Your role does not allow this", "Ask a member of the project."), 403)
    call = Call(
        operation=BY_ID[operation_id],
        caller=holding.caller,
        at=int(time.time() * 1000),
        request_id=request.scope["state"]["request_id"],
        project_id=holding.found.project_id,
        target=holding.found.issue_id,
        key=f"{holding.passed.episode_id}:{action}",
    )
    async with desk.store.within((call.project_id,)) as db:
        await decide(db, call, commands.on_episode(call, kind, Decision()))
    return html(pages.said(words, holding.found.alert.title))


@get("/password/{token:str}")
async def ask_password(token: FromPath[str]) -> Html:
    return html(pages.password(token[:LIMIT_BYTES]))


@post("/password/{token:str}", status_code=200)
async def save_password(request: Request[Any, Any, Any], desk: TheDesk, token: FromPath[str]) -> Html:
    """The form of the link in an invitation or reset."""
    if foreign(dict(request.headers), desk.guard.origin):
        return html(pages.said(*OVER), 403)
    form = await request.form()
    password = str(form.get("password", ""))
    if not 10 <= len(password) <= 256:
        return html(pages.password(token[:LIMIT_BYTES], "It needs 10 to 256 characters."), 400)
    try:
        await passwords.choose(request, desk, token[:LIMIT_BYTES], password)
    except Problem:
        return html(pages.said("This link is over", "It was used, or its time is past. Ask for a new one."), 404)
    return html(pages.said("The password is saved", "Sign in with it now."))


@get("/issues/{issue_id:str}")
async def show_issue(issue_id: FromPath[str]) -> Html:
    return html(pages.issue(issue_id[:60]))


@get("/plain.css", cache_control=None)
async def style() -> Response[str]:
    return Response(pages.STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


PAGES: Final[tuple[HTTPRouteHandler, ...]] = (
    show_alert,
    act_on_alert,
    ask_password,
    save_password,
    show_issue,
    style,
)
