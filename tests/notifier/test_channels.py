import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from notifier.channels import pagerduty, slack, sms, webhook
from notifier.channels.wire import Answer, Request, Sending
from notifier.decide import decide
from notifier.plan import Content, Draft, Gathering, Line, Memory, Notice, Post
from notifier.verdicts import Accepted, Fault, GiveUp, TryAgain, Verdict
from schemas.kinds import AlertState, Severity, StepKind
from tests.builders import AT, ISSUE_ID, a_snapshot
from tests.notifier.test_mail import HOSTILE
from tests.notifier.town import a_world, an_alert

URL = "https://gregor.example.org"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SENDING = Sending(delivery_id="abcdefghijklmnop", at=AT)
ACCOUNT = sms.Account(sid="AC1", token="secret-token", sender="+15550000", callback="https://gregor.example.org:8091")


def a_draft(**fields: Any) -> Draft:
    """What Ann is told of an opening, with another step put into it."""
    decision = decide(an_alert(), a_world(), Memory(), AT + 170)
    found = next(one.draft for one in decision.deliveries if one.destination_id == "method:ann-mail")
    assert isinstance(found, Draft)
    return msgspec.structs.replace(found, step=an_alert(**fields))


def several(count: int, title: str = "Error") -> Gathering:
    lines = tuple(
        Line(draft=a_draft(brief=a_snapshot(title=f"{title} {number}")), state=AlertState.FIRING)
        for number in range(count)
    )
    return Gathering(kind="bundle", recipient="channel:ops", subject="s", project="Shop", lines=lines)


NOTICE = Notice(kind="code", recipient="person:ann", subject="Your code", title="Your code", code="123456")


def body(given: Post) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(given.body)
    return found


# Webhook


def test_the_signature_is_that_of_the_specification() -> None:
    secret = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = webhook.sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_is_signed_by_every_secret_while_one_is_replaced() -> None:
    given = webhook.post(a_draft(), SENDING.delivery_id, URL)
    request = webhook.request(given, f"https://example.org/hook {SECRET} whsec_b2xk", SENDING)
    assert isinstance(request, Request)
    assert request.guarded
    assert request.url == "https://example.org/hook"
    assert (request.headers["webhook-id"], request.headers["webhook-timestamp"]) == (
        SENDING.delivery_id,
        str(AT // 1000),
    )
    assert len(request.headers["webhook-signature"].split()) == 2
    assert SECRET not in given.body


@pytest.mark.parametrize(
    "address", ["https://example.org/hook", "https://example.org/hook whsec_!", "https://example.org/hook whsec_"]
)
def test_a_webhook_without_a_secret_is_refused(address: str) -> None:
    assert isinstance(webhook.request(Post(body="{}"), address, SENDING), GiveUp)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(a_draft(), "alert.open", id="an opening"),
        pytest.param(a_draft(kind=StepKind.UPDATE), "alert.update", id="an update"),
        pytest.param(several(3), "alert.bundle", id="a bundle"),
        pytest.param(NOTICE, "notice.code", id="a notice"),
    ],
)
def test_webhook_payloads_name_their_type(content: Content, kind: str) -> None:
    assert body(webhook.post(content, "d1", URL))["type"] == kind


def test_a_webhook_stays_below_20_kb() -> None:
    for content in (several(300, "x" * 900), a_draft(brief=a_snapshot(title="é" * 9000, culprit="é" * 9000))):
        assert len(webhook.post(content, "d1", URL).body.encode()) < 20_000


# PagerDuty


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        pytest.param("open", "trigger", id="an opening triggers"),
        pytest.param("escalate", "trigger", id="an escalation triggers the same incident again"),
        pytest.param("acked", "acknowledge", id="an acknowledgement acknowledges"),
        pytest.param("closed", "resolve", id="the end resolves"),
    ],
)
def test_pagerduty_follows_the_episode(kind: str, action: str) -> None:
    draft = Draft(step=an_alert(StepKind(kind), number=3), recipient="channel:pd", subject="s", project="Shop")
    given = body(pagerduty.post(draft, "d1", URL))
    assert (given["event_action"], given["dedup_key"]) == (action, f"1:{ISSUE_ID}:3")
    assert ("payload" in given) is (action == "trigger")


def test_pagerduty_limits_and_secrets() -> None:
    given = pagerduty.post(a_draft(brief=a_snapshot(title="x" * 5000), severity=Severity.CRITICAL), "d1", URL)
    event = body(given)
    assert len(event["payload"]["summary"]) <= 1024
    assert event["payload"]["severity"] == "critical"
    request = pagerduty.request(given, "the-routing-key", SENDING)
    assert b"the-routing-key" in request.body
    assert "the-routing-key" not in given.body


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            Answer(status=202, body=b'{"status":"success","dedup_key":"k"}'), Accepted(provider_id="k"), id="taken"
        ),
        pytest.param(Answer(status=400, body=b"bad"), GiveUp(Fault.REFUSED, "400", "bad"), id="refused"),
        pytest.param(Answer(status=429, retry_after_s=7), TryAgain(Fault.THROTTLED, "429", "", 7), id="throttled"),
    ],
)
def test_pagerduty_answers(answer: Answer, expected: Verdict) -> None:
    assert pagerduty.read(answer) == expected


# SMS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("short", "short [ABC123]", id="short"),
        pytest.param("Überraschung… “ß” ≥ 1", 'Uberraschung... "ss" >= 1 [ABC123]', id="folded to plain letters"),
        pytest.param("see https://evil.example", "see https:/ /evil.example [ABC123]", id="no link but ours"),
        pytest.param("日本語 😀 x", "x [ABC123]", id="what has no plain letters is left out"),
    ],
)
def test_segment(text: str, expected: str) -> None:
    assert sms.segment(text, "ABC123") == expected


def test_an_sms_asks_for_its_receipt_and_keeps_the_number_out_of_its_content() -> None:
    given = sms.post(a_draft(), SENDING.delivery_id, URL)
    request = sms.request(given, "+491701234567", SENDING, ACCOUNT)
    form = parse_qs(request.body.decode())
    assert form["To"] == ["+491701234567"]
    assert form["Body"][0].endswith("[ABCDEF]")
    assert form["StatusCallback"] == ["https://gregor.example.org:8091/receipts/sms/abcdefghijklmnop"]
    assert "+49" not in given.body
    assert "secret-token" not in request.url


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            Answer(status=201, body=b'{"sid":"SM1","status":"queued"}'),
            Accepted(provider_id="SM1", detail="queued"),
            id="taken",
        ),
        pytest.param(
            Answer(status=400, body=b'{"code":21211,"message":"no such number"}'),
            GiveUp(Fault.GONE, "21211", "no such number"),
            id="no such number",
        ),
        pytest.param(
            Answer(status=400, body=b'{"code":21610,"message":"opted out"}'),
            GiveUp(Fault.GONE, "21610", "opted out"),
            id="opted out",
        ),
        pytest.param(
            Answer(status=401, body=b'{"code":20003,"message":"no"}'),
            TryAgain(Fault.DOWN, "401", "no"),
            id="our login will be mended",
        ),
    ],
)
def test_sms_answers(answer: Answer, expected: Verdict) -> None:
    assert sms.read(answer) == expected


def test_an_sms_that_is_out_is_found_by_its_code() -> None:
    listed = b'{"messages":[{"sid":"SM0","body":"x [ZZZZZZ]"},{"sid":"SM1","body":"y [ABCDEF]"}]}'
    assert sms.found(Answer(status=200, body=listed), SENDING.delivery_id) == "SM1"
    assert sms.found(Answer(status=200, body=b"{}"), SENDING.delivery_id) == ""
    assert sms.found(Answer(status=500), SENDING.delivery_id) == ""


# Slack


def texts(node: Any) -> list[tuple[str, str]]:
    """Every (type, text) of a tree of blocks."""
    if isinstance(node, list):
        return [found for one in node for found in texts(one)]
    if not isinstance(node, dict):
        return []
    here = [(node["type"], node["text"])] if isinstance(node.get("text"), str) else []
    return here + [found for value in node.values() for found in texts(value)]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(a_draft(), id="an opening"),
        pytest.param(a_draft(kind=StepKind.CLOSED), id="an end"),
        pytest.param(several(60), id="a bundle"),
        pytest.param(NOTICE, id="a notice"),
        pytest.param(
            a_draft(brief=a_snapshot(title="x" * 9000, culprit="y" * 9000, place="z" * 9000)), id="long texts"
        ),
    ],
)
def test_slack_keeps_the_published_limits(content: Content) -> None:
    talk = body(slack.post(content, "d1", URL))
    assert len(talk["blocks"]) <= 50
    for kind, text in texts(talk["blocks"]):
        assert 1 <= len(text) <= (150 if kind == "plain_text" and text in str(talk["blocks"][0]) else 3000)
    for block in talk["blocks"]:
        assert len(block.get("fields", [])) <= 10
        assert all(len(field["text"]) <= 2000 for field in block.get("fields", []))
        assert len(block.get("elements", [])) <= 10
    assert len(talk["text"]) <= 4000


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        pytest.param("ratelimited", 429, TryAgain(Fault.THROTTLED, "ratelimited", "", 30.0), id="too fast"),
        pytest.param("is_archived", 200, GiveUp(Fault.GONE, "is_archived"), id="the channel is archived"),
        pytest.param("channel_not_found", 200, GiveUp(Fault.GONE, "channel_not_found"), id="no such channel"),
        pytest.param("invalid_auth", 200, TryAgain(Fault.DOWN, "invalid_auth", "", 30.0), id="our token: mended"),
        pytest.param("internal_error", 200, TryAgain(Fault.DOWN, "internal_error", "", 30.0), id="Slack is ill"),
        pytest.param("", 503, TryAgain(Fault.DOWN, "503", "", 30.0), id="Slack is away"),
        pytest.param("invalid_blocks", 200, GiveUp(Fault.REFUSED, "invalid_blocks"), id="our own mistake"),
    ],
)
def test_slack_errors(error: str, status: int, expected: Verdict) -> None:
    assert slack.failed(error, status, 30.0) == expected


# Every channel

MENTIONS = [
    "<!channel>",
    "<@U123>",
    "<!here|x>",
    "<https://evil.example|bank>",
    "&lt;!channel&gt;",
    "a|b>c",
    "*bold* `x`",
]
POSTS: dict[str, Callable[[Content, str, str], Post]] = {
    "webhook": webhook.post,
    "pagerduty": pagerduty.post,
    "sms": sms.post,
    "slack": slack.post,
}


@pytest.mark.parametrize("title", [*HOSTILE, *MENTIONS], ids=range(len(HOSTILE) + len(MENTIONS)))
def test_hostile_text_is_harmless_in_every_channel(title: str) -> None:
    brief = a_snapshot(title=title, type=title, culprit=title, place=title, release=title, route=title, service=title)
    for content in (
        a_draft(brief=brief, reason=title),
        Gathering(
            kind="bundle", recipient="x", subject=title, project="Shop", lines=(Line(draft=a_draft(brief=brief)),)
        ),
    ):
        for name, post in POSTS.items():
            given = post(content, "abcdefghij", URL)
            assert given.body
            if name == "sms":
                assert len(given.body) <= 160
                assert given.body.isprintable()
                assert "://" not in given.body
            if name == "slack":
                marked = [text for kind, text in texts(body(given)["blocks"]) if kind == "mrkdwn"] + [given.note]
                for text in [*marked, body(given)["text"]]:
                    inside = text.replace(f"<{URL}/issues/{ISSUE_ID}|", "")
                    assert "<!" not in inside
                    assert "<@" not in inside
                    assert "<http" not in inside
