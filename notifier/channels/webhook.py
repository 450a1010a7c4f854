"""Webhooks by the Standard Webhooks specification: signed, identified by the delivery, under 20 kB."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

import msgspec

from notifier.channels.wire import Answer, Request, Sending, said
from notifier.classify import http
from notifier.message import impact
from notifier.plan import Content, Draft, Gathering, Line, Notice, Post
from notifier.verdicts import Fault, GiveUp, Verdict
from notifier.words import plain, shortened

PREFIX: Final = "whsec_"
MOST_BYTES: Final = 20_000
LINES: Final = 25


class Endpoint(msgspec.Struct, frozen=True):
    """`secrets`: the newest first; while one is replaced, all sign."""

    url: str
    secrets: tuple[bytes, ...]


def endpoint(address: str) -> Endpoint | None:
    """`<url> whsec_<base64> [whsec_<base64 of the one before>]`; None if it is not that."""
    url, *secrets = address.split()
    try:
        keys = tuple(base64.b64decode(text.removeprefix(PREFIX), validate=True) for text in secrets)
    except binascii.Error:
        return None
    return Endpoint(url, keys) if keys and all(keys) else None


def post(content: Content, delivery_id: str, public_url: str) -> Post:
    """The same bytes at every attempt; the signature, which carries the attempt's time, is made when sending."""
    payload = {"id": delivery_id, **_payload(content, public_url)}
    body = msgspec.json.encode(payload).decode()
    if len(body.encode()) >= MOST_BYTES:
        body = msgspec.json.encode({name: payload[name] for name in ("id", "type", "url")}).decode()
    return Post(body=body)


def request(given: Post, address: str, sending: Sending) -> Request | GiveUp:
    found = endpoint(address)
    if found is None:
        return GiveUp(Fault.GONE, "", "the address is no `<url> whsec_<secret>`")
    at_s = sending.at // 1000
    body = given.body.encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "Gregor-Webhook",
        "webhook-id": sending.delivery_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(sign(secret, sending.delivery_id, at_s, body) for secret in found.secrets),
    }
    return Request(url=found.url, headers=headers, body=body, guarded=True)


def sign(secret: bytes, message_id: str, at_s: int, body: bytes) -> str:
    """`at_s`: seconds since 1970."""
    signed = hmac.new(secret, f"{message_id}.{at_s}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def read(answer: Answer) -> Verdict:
    return http(answer.status, said(answer), answer.retry_after_s)


def _payload(content: Content, public_url: str) -> dict[str, object]:
    match content:
        case Draft():
            return {"type": f"alert.{content.step.kind}", **_alert(content, public_url)}
        case Gathering():
            lines = [_line(line, public_url) for line in content.lines[:LINES]]
            return {
                "type": f"alert.{content.kind}",
                "url": f"{public_url}/issues",
                "count": len(content.lines),
                "alerts": lines,
            }
        case Notice():
            told: dict[str, object] = {"title": plain(content.title), "lines": [plain(line) for line in content.lines]}
            return {"type": f"notice.{content.kind}", "url": content.url, **told}


def _line(line: Line, public_url: str) -> dict[str, object]:
    return {**_alert(line.draft, public_url), "state": str(line.state)}


def _alert(draft: Draft, public_url: str) -> dict[str, object]:
    step, issue = draft.step, draft.step.brief
    return {
        "url": f"{public_url}/issues/{step.issue_id}",
        "project_id": step.project_id,
        "project": plain(draft.project),
        "issue_id": step.issue_id,
        "episode_id": step.episode_id,
        "episode": step.number,
        "severity": str(step.severity),
        "reason": shortened(step.reason, 300),
        "title": shortened(issue.title, 300),
        "error_type": shortened(issue.type, 200),
        "culprit": shortened(issue.culprit, 200),
        "place": shortened(issue.place, 200),
        "impact": impact(issue),
        "times_seen": issue.times_seen,
        "users": issue.users,
        "service": plain(issue.service),
        "environment": plain(issue.environment),
        "release": plain(issue.release),
        "first_seen_at": issue.first_seen_at,
        "last_seen_at": issue.last_seen_at,
        "at": step.at,
        "why": [shortened(words, 300) for words in draft.why],
    }
