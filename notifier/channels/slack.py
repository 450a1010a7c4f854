"""Slack: blocks and a plain text, one message per episode and place, details in its thread."""

from typing import Final, TypeAlias

import msgspec

from notifier.gather import headline
from notifier.message import HEADLINES, impact
from notifier.plan import Content, Draft, Gathering, Line, Notice, Post
from notifier.verdicts import Fault, GiveUp, TryAgain, Verdict
from notifier.words import grouped, listed, sentence, shortened
from schemas.kinds import AlertState, Severity, StepKind

MARKS: Final = {
    Severity.CRITICAL: ":red_circle:",
    Severity.HIGH: ":large_orange_circle:",
    Severity.MEDIUM: ":large_yellow_circle:",
    Severity.LOW: ":white_circle:",
}
OVER: Final = ":white_check_mark:"
HELD: Final = ":eyes:"
LINES: Final = 20  # of at most 50 blocks
GONE: Final = frozenset({"channel_not_found", "is_archived", "user_not_found", "user_disabled", "not_in_channel"})
OURS: Final = frozenset(  # the installation is set up wrongly, which somebody will mend
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"}
)
BUSY: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
ILL: Final = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
Block: TypeAlias = dict[str, object]


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """What `Post.body` holds for Slack: `text` for notifications, `blocks` for the channel."""

    text: str
    blocks: list[Block]


def post(content: Content, delivery_id: str, public_url: str) -> Post:
    match content:
        case Draft():
            talk, note = _alert(content, public_url), _note(content)
        case Gathering():
            talk, note = _several(content, public_url), ""
        case Notice():
            lines = "\n".join(map(escaped, content.lines))
            talk, note = Talk(text=escaped(content.title), blocks=[_header(content.title), _section(lines or " ")]), ""
    return Post(body=msgspec.json.encode(talk).decode(), note=note)


def escaped(text: str) -> str:
    """`& < >` are all of Slack's markup that can mention, link or call a channel."""
    return shortened(text, 2900).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def failed(error: str, status: int, retry_after_s: float) -> Verdict:
    """The error of an answer with `ok: false`, or of an HTTP status."""
    if status == 429 or error in BUSY:
        return TryAgain(Fault.THROTTLED, error or "429", "", retry_after_s)
    if status >= 500 or error in ILL or error in OURS:
        return TryAgain(Fault.DOWN, error or str(status), "", retry_after_s)
    return GiveUp(Fault.GONE if error in GONE else Fault.REFUSED, error or str(status))


def _alert(draft: Draft, public_url: str) -> Talk:
    step, issue = draft.step, draft.step.brief
    title = issue.title or issue.type or "Error"
    state = _state(step.kind)
    status = f"{state or MARKS[step.severity]} *{str(step.severity).upper()}* · {escaped(impact(issue))}"
    facts = [("Where", issue.place), ("Culprit", issue.culprit), ("Release", issue.release), ("Request", issue.route)]
    blocks = [
        _header(title),
        _section(status),
        *_fields(facts),
        _context(f"{HEADLINES[step.kind]} · {draft.project} · why {step.severity}: {listed(issue.severity_why)}"),
        _context(f"Grouped: {grouped(issue)}"),
        _buttons(f"{public_url}/issues/{step.issue_id}"),
    ]
    return Talk(text=f"{str(step.severity).upper()}: {escaped(shortened(title, 200))}", blocks=blocks)


def _note(draft: Draft) -> str:
    """What the thread says about this step; the message itself shows the newest state."""
    step = draft.step
    why = "; ".join(map(sentence, draft.why))
    reason = f" ({escaped(step.reason)})" if step.reason else ""
    return f"{HEADLINES[step.kind]}{reason}. {escaped(why)}"


def _several(gathering: Gathering, public_url: str) -> Talk:
    lines = [_line(line, public_url) for line in gathering.lines[:LINES]]
    more = len(gathering.lines) - LINES
    rest = [_context(f"and {more} more: {public_url}/issues")] if more > 0 else []
    title = headline(gathering)
    return Talk(text=escaped(title), blocks=[_header(title), *map(_section, lines), *rest])


def _line(line: Line, public_url: str) -> str:
    step = line.draft.step
    mark = OVER if line.state is AlertState.CLOSED else MARKS[step.severity]
    return f"{mark} <{public_url}/issues/{step.issue_id}|{_linked(line.draft)}> · {escaped(impact(step.brief))}"


def _linked(draft: Draft) -> str:
    """Text inside a link must not hold `|`."""
    issue = draft.step.brief
    return escaped(shortened(issue.title or issue.type or "Error", 150)).replace("|", "/")


def _state(kind: StepKind) -> str:
    return {StepKind.ACKED: HELD, StepKind.REMIND: HELD, StepKind.CLOSED: OVER}.get(kind, "")


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": shortened(text, 150) or " ", "emoji": False}}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:3000], "verbatim": True}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "plain_text", "text": shortened(text, 1900), "emoji": False}]}


def _fields(facts: list[tuple[str, str]]) -> list[Block]:
    """Names and values as plain text: nothing in them is read as markup."""
    given = [(name, shortened(value, 900)) for name, value in facts if value.strip()]
    fields = [{"type": "plain_text", "text": f"{name}\n{value}", "emoji": False} for name, value in given if value]
    return [{"type": "section", "fields": fields}] if fields else []


def _buttons(url: str) -> Block:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Open the issue"}, "url": url}
    return {"type": "actions", "elements": [button]}
