"""PagerDuty Events v2. The episode in the key keeps a late resolve from closing the next episode."""

from typing import Final

import msgspec

from notifier.channels.wire import Answer, Request, Sending, said
from notifier.classify import http
from notifier.message import impact
from notifier.plan import Content, Draft, Gathering, Notice, Post
from notifier.verdicts import Accepted, Verdict
from notifier.words import plain, shortened
from schemas.kinds import Severity, StepKind

URL: Final = "https://events.pagerduty.com/v2/enqueue"
SEVERITIES: Final = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}
ACTIONS: Final = {StepKind.ACKED: "acknowledge", StepKind.CLOSED: "resolve"}
SUMMARY_LENGTH: Final = 1024


def post(content: Content, delivery_id: str, public_url: str) -> Post:
    match content:
        case Draft():
            step = content.step
            key = f"{step.project_id}:{step.issue_id}:{step.number}"
            action = ACTIONS.get(step.kind, "trigger")
            body = _event(action, key, content, public_url)
        case Gathering():
            body = _summary(delivery_id, f"{len(content.lines)} more alerts in {content.project}", content.severity)
        case Notice():
            body = _summary(delivery_id, content.title, content.severity)
    return Post(body=msgspec.json.encode(body).decode(), action=str(body["event_action"]))


def request(given: Post, address: str, sending: Sending, url: str = URL) -> Request:
    """The routing key joins here: it is a secret, and content is kept without any."""
    body = msgspec.json.encode({"routing_key": address, **msgspec.json.decode(given.body)})
    return Request(url=url, headers={"content-type": "application/json"}, body=body)


def read(answer: Answer) -> Verdict:
    verdict = http(answer.status, said(answer), answer.retry_after_s)
    return Accepted(provider_id=_key(answer.body)) if isinstance(verdict, Accepted) else verdict


def _event(action: str, key: str, draft: Draft, public_url: str) -> dict[str, object]:
    """An acknowledgement or a resolve says no more than which incident."""
    event: dict[str, object] = {"event_action": action, "dedup_key": key}
    if action != "trigger":
        return event
    step, issue = draft.step, draft.step.brief
    url = f"{public_url}/issues/{step.issue_id}"
    details = {"culprit": plain(issue.culprit), "place": plain(issue.place), "impact": impact(issue), "url": url}
    payload = {
        "summary": shortened(f"[{draft.project}] {issue.title or issue.type}", SUMMARY_LENGTH),
        "source": plain(issue.service or draft.project),
        "severity": SEVERITIES[step.severity],
        "group": plain(issue.environment),
        "class": plain(issue.type),
        "custom_details": details | {"why": [plain(words) for words in draft.why]},
    }
    return event | {"payload": payload, "client": "Gregor", "client_url": url}


def _summary(delivery_id: str, text: str, severity: Severity) -> dict[str, object]:
    payload = {"summary": shortened(text, SUMMARY_LENGTH), "source": "Gregor", "severity": SEVERITIES[severity]}
    return {"event_action": "trigger", "dedup_key": delivery_id, "payload": payload}


def _key(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=dict[str, str]).get("dedup_key", "")
    except msgspec.MsgspecError:
        return ""
