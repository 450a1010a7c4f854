"""SMS by Twilio's API: one segment, plain letters, and a code to answer with."""

import base64
import unicodedata
from typing import Final
from urllib.parse import urlencode

import msgspec

from notifier.channels.wire import Answer, Request, Sending, said
from notifier.classify import http
from notifier.plan import Content, Draft, Gathering, Notice, Post
from notifier.verdicts import Accepted, Fault, GiveUp, TryAgain, Verdict
from notifier.words import plain
from schemas.record import Part

SEGMENT: Final = 160
CODE_LENGTH: Final = 6
GONE: Final = frozenset({21211, 21408, 21610, 21612, 21614})  # no such number, not allowed there, opted out
FOLDED: Final = {"…": "...", "–": "-", "—": "-", "·": ",", "“": '"', "”": '"', "’": "'", "≥": ">=", "ß": "ss"}


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """`callback`: where Twilio reports what became of a message; empty: nowhere."""

    sid: str
    token: str
    sender: str
    url: str = "https://api.twilio.com"
    callback: str = ""


class _Message(Part, frozen=True, kw_only=True):
    sid: str = ""
    status: str = ""
    code: int = 0
    message: str = ""


class _Listed(Part, frozen=True, kw_only=True):
    sid: str = ""
    body: str = ""


class _Messages(Part, frozen=True, kw_only=True):
    messages: tuple[_Listed, ...] = ()


def post(content: Content, delivery_id: str, public_url: str) -> Post:
    return Post(body=segment(_text(content), code_of(delivery_id)))


def request(given: Post, address: str, sending: Sending, account: Account) -> Request:
    form = {"To": address, "From": account.sender, "Body": given.body}
    if account.callback:
        form["StatusCallback"] = f"{account.callback}/receipts/sms/{sending.delivery_id}"
    login = base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()
    return Request(
        url=f"{account.url}/2010-04-01/Accounts/{account.sid}/Messages.json",
        headers={"content-type": "application/x-www-form-urlencoded", "authorization": f"Basic {login}"},
        body=urlencode(form).encode(),
    )


def read(answer: Answer) -> Verdict:
    found = _decoded(answer.body)
    verdict = http(answer.status, found.message or said(answer), answer.retry_after_s)
    match verdict:
        case Accepted():
            return Accepted(provider_id=found.sid, detail=found.status)
        case GiveUp() if found.code in GONE:
            return GiveUp(Fault.GONE, str(found.code), found.message)
        case GiveUp() if answer.status in (401, 403):  # our account, which somebody will mend
            return TryAgain(Fault.DOWN, str(answer.status), found.message)
        case _:
            return verdict


def find(address: str, sending: Sending, account: Account) -> Request:
    """Messages to that number: one that an attempt without an answer left there carries our code."""
    query = urlencode({"To": address, "PageSize": 20})
    login = base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()
    return Request(
        url=f"{account.url}/2010-04-01/Accounts/{account.sid}/Messages.json?{query}",
        headers={"authorization": f"Basic {login}"},
        body=b"",
        method="GET",
    )


def found(answer: Answer, delivery_id: str) -> str:
    """The sid of the message with our code; empty: none."""
    try:
        listed = msgspec.json.decode(answer.body, type=_Messages).messages if answer.status == 200 else ()
    except msgspec.MsgspecError:
        return ""
    return next((one.sid for one in listed if one.body.endswith(f"[{code_of(delivery_id)}]")), "")


def code_of(delivery_id: str) -> str:
    return delivery_id[:CODE_LENGTH].upper()


def segment(text: str, code: str) -> str:
    """At most 160 printable ASCII characters: others would turn it into two or three segments."""
    unlinked = plain(text).replace("://", ":/ /")
    folded = unicodedata.normalize("NFKD", "".join(FOLDED.get(mark, mark) for mark in unlinked))
    letters = " ".join("".join(mark for mark in folded if mark.isascii() and mark.isprintable()).split())
    room = SEGMENT - len(code) - 2
    cut = letters if len(letters) <= room else letters[: room - 3].rstrip() + "..."
    return f"{cut} [{code}]"[:SEGMENT]


def _text(content: Content) -> str:
    match content:
        case Draft():
            issue, step = content.step.brief, content.step
            return f"{str(step.severity).upper()} {content.project}: {issue.title or issue.type}, {issue.place}"
        case Gathering():
            return f"{len(content.lines)} more alerts in {content.project}"
        case Notice():
            return f"{content.title}: {content.code}" if content.code else content.title


def _decoded(body: bytes) -> _Message:
    try:
        return msgspec.json.decode(body, type=_Message)
    except msgspec.MsgspecError:
        return _Message()
