"""Every channel through its real edge, against a provider that does what it is told."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import zstandard

from notifier.plan import World
from notifier.send.lanes import Lanes, host_of
from notifier.verdicts import Accepted, Fault, TryAgain
from schemas.kinds import Channel, Severity, StepKind
from schemas.settings.alerting import RouteSettings
from schemas.settings.people import ChannelSettings
from tests.notifier.providers import Providers, providers
from tests.notifier.relay import Relay
from tests.notifier.town import a_method, a_world, an_alert, paging
from tests.notifier.voice import voice

Store = psycopg.Connection[tuple[Any, ...]]
PATHS = {
    Channel.SLACK: "/slack/chat.postMessage",
    Channel.WEBHOOK: "/hook",
    Channel.PAGERDUTY: "/pagerduty",
    Channel.SMS: "/2010-04-01/Accounts/AC1/Messages.json",
}
FOUR = tuple(PATHS)


@pytest.fixture
def net() -> Iterator[Providers]:
    with providers() as found:
        yield found


def a_channel(net: Providers, channel: Channel) -> World:
    """A town whose root route shows everything on one channel."""
    address = {
        Channel.SLACK: "C1",
        Channel.WEBHOOK: f"http://127.0.0.1:{net.port}/hook whsec_c2VjcmV0",
        Channel.PAGERDUTY: "routing-key",
        Channel.SMS: "+491701",
    }[channel]
    place = ChannelSettings(name="#it", type=channel, address=address, owner="person:ben")
    return a_world(channel__it=place, route__1__root=RouteSettings(receivers=("channel:it",)))


def rows(store: Store) -> list[tuple[Any, ...]]:
    return store.execute(
        "select kind, state, reason, attempt, provider_id from deliveries"
        " where recipient = 'channel:it' order by decided_at"
    ).fetchall()


def shown(kind: StepKind = StepKind.OPEN, ordinal: str = "0", **fields: Any) -> Any:
    return an_alert(kind, ordinal, policy=None, **fields)


@pytest.mark.parametrize("channel", FOUR)
def test_an_alert_arrives_once_and_is_accepted(
    dsn: str, store: Store, mails: Relay, net: Providers, channel: Channel
) -> None:
    with voice(dsn, mails.port, a_channel(net, channel), more=net.couriers()) as found:
        found.take(shown(), shown())
        found.wait_for(1)
    assert len(net.named(PATHS[channel])) == 1
    assert [row[:4] for row in rows(store)] == [("open", "accepted", "", 1)]
    content = store.execute("select content from deliveries").fetchall()
    for secret in ("routing-key", "whsec_c2VjcmV0", "+491701", "xoxb-1"):
        assert all(secret.encode() not in raw for (raw,) in content)


@pytest.mark.parametrize("channel", FOUR)
@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        pytest.param(429, {"Retry-After": "30"}, ("retry", "throttled"), id="too fast"),
        pytest.param(503, {}, ("retry", "down"), id="ill"),
        pytest.param(404, {}, ("failed", "refused 404"), id="refused"),
    ],
)
def test_what_a_provider_answers_is_the_row(
    dsn: str, store: Store, mails: Relay, net: Providers, *, channel: Channel, status: int,
    headers: dict[str, str], expected: tuple[str, str],
) -> None:  # fmt: skip
    net.script = lambda path, body: (status, {"ok": False, "error": ""}, headers)
    with voice(dsn, mails.port, a_channel(net, channel), more=net.couriers()) as found:
        found.take(shown())
        found.wait_for(1)
    ((_, state, reason, _, _),) = rows(store)
    assert (state, reason) == expected
    if status == 429:
        wait = store.execute("select next_attempt_at - decided_at from deliveries").fetchone()
        assert wait is not None
        assert wait[0] >= 30_000


@pytest.mark.parametrize(
    ("channel", "severity", "again", "state"),
    [
        pytest.param("webhook", "medium", 2, "accepted", id="a webhook's id makes repeating harmless"),
        pytest.param("pagerduty", "medium", 2, "accepted", id="so does the incident's key"),
        pytest.param("slack", "high", 1, "accepted", id="Slack is searched and the message found"),
        pytest.param("sms", "high", 1, "accepted", id="so is Twilio"),
        pytest.param("slack", "medium", 1, "failed", id="medium is not repeated"),
    ],
)
def test_a_lost_answer(
    dsn: str, store: Store, mails: Relay, net: Providers, *, channel: str, severity: str, again: int, state: str
) -> None:
    lost: list[str] = []

    def once(path: str, body: dict[str, Any]) -> str | None:
        if path == PATHS[Channel(channel)] and not lost and body.keys() != {"To", "PageSize"}:
            lost.append(path)
            return "hang up"
        return None

    net.script = once
    with voice(dsn, mails.port, a_channel(net, Channel(channel)), more=net.couriers()) as found:
        found.take(shown(severity=Severity(severity)))
        found.wait_for(1)
        store.execute("update deliveries set next_attempt_at = 0 where state = 'retry'")
        found.sender.wake()
        found.wait_for(2 if state == "accepted" else 1)
    sent = [one for one in net.named(PATHS[Channel(channel)]) if one.keys() != {"To", "PageSize"}]
    assert len(sent) == again
    assert rows(store)[0][1] == state
    if again == 2:
        assert sent[0] == sent[1], "equal ids, equal bytes"


def test_slack_shows_one_message_and_tells_the_rest_in_its_thread(
    dsn: str, store: Store, mails: Relay, net: Providers
) -> None:
    with voice(dsn, mails.port, a_channel(net, Channel.SLACK), more=net.couriers()) as found:
        found.take(shown())
        found.wait_for(1)
        found.take(shown(StepKind.ACKED, "1", actor="person:ben"))
        found.wait_for(2)
        found.take(shown(StepKind.CLOSED, "2", reason="resolved"))
        found.wait_for(3)
    first, *later = net.named("/slack/chat.postMessage")
    assert "thread_ts" not in first
    assert {one["thread_ts"] for one in later} == {"1.0"}
    changes = net.named("/slack/chat.update")
    assert [(one["channel"], one["ts"]) for one in changes] == [("C1", "1.0")] * 2
    assert ":white_check_mark:" in str(changes[-1]["blocks"])


def test_pagerduty_hears_trigger_acknowledge_and_resolve_of_one_incident(
    dsn: str, store: Store, mails: Relay, net: Providers
) -> None:
    with voice(dsn, mails.port, a_channel(net, Channel.PAGERDUTY), more=net.couriers()) as found:
        steps = [shown(), shown(StepKind.ACKED, "1", actor="person:ben"), shown(StepKind.CLOSED, "2", reason="quiet")]
        for number, step in enumerate(steps, 1):
            found.take(step)
            found.wait_for(number)
    sent = net.named("/pagerduty")
    assert [one["event_action"] for one in sent] == ["trigger", "acknowledge", "resolve"]
    assert len({one["dedup_key"] for one in sent}) == 1


def test_an_incoming_webhook_is_the_simple_form_of_slack(dsn: str, store: Store, mails: Relay, net: Providers) -> None:
    courier = net.couriers()[Channel.SLACK]
    assert hasattr(courier, "token")
    place = ChannelSettings(name="#it", type=Channel.SLACK, address="https://127.0.0.1:1/services/x")
    world = a_world(channel__it=place, route__1__root=RouteSettings(receivers=("channel:it",)))
    with voice(dsn, mails.port, world, more=net.couriers()) as found:
        found.take(shown())
        found.wait_for(1)
    assert rows(store)[0][1:3] == ("failed", "refused")


def test_a_slow_receiver_delays_nobody_else(dsn: str, store: Store, mails: Relay, net: Providers) -> None:
    """One webhook never answers; mails of the same alerts go out meanwhile."""
    net.script = lambda path, body: "stall"
    world = a_channel(net, Channel.WEBHOOK)
    both = a_world(
        channel__it=world.directory.channels["it"], route__1__root=RouteSettings(receivers=("channel:it", "person:ben"))
    )
    with voice(dsn, mails.port, both, more=net.couriers()) as found:
        found.sender.couriers[Channel.WEBHOOK].room = 4
        found.take(*(shown(step_id=f"s{number}", ordinal=str(number)) for number in range(8)))
        mails.wait_for(8, 5.0)
        in_hand = store.execute("select count(*) from deliveries where channel = 'webhook' and state = 'sending'")
        assert in_hand.fetchone() == (2,), "two at once to one destination"
        found.sender.couriers[Channel.WEBHOOK].form = None  # type: ignore[attr-defined]
        for _, task in found.sender.tasks.values():
            assert found.sender.loop is not None
            found.sender.loop.call_soon_threadsafe(task.cancel)


def test_a_number_that_is_no_more_is_not_used_again_and_its_owner_hears_of_it(
    dsn: str, store: Store, mails: Relay, net: Providers
) -> None:
    net.script = lambda path, body: (400, {"code": 21211, "message": "no such number"}, {})
    world = a_world(**{"method__ann-phone": a_method("ann", Channel.SMS, address="+491", hint="+49***1")})
    with voice(dsn, mails.port, world, more=net.couriers()) as found:
        found.take(an_alert(severity=Severity.CRITICAL))
        mails.wait_for(3)
        found.take(an_alert(StepKind.ESCALATE, "1.0.1", severity=Severity.CRITICAL, position="1.0.1"))
        mails.wait_for(4)
        found.wait_for(5)
    subjects = [str(mail["Subject"]) for who, mail, _ in mails.taken if who == "ann@example.org"]
    assert "Gregor cannot reach you at one of your addresses" in subjects
    codes = store.execute("select recipients from decisions where step_id like '%escalate%'").fetchone()
    assert codes is not None
    assert {one["code"] for one in codes[0] if one.get("channel") != "email"} == {"method_disabled"}


def test_the_phone_rings_when_the_mail_cannot_get_through(dsn: str, store: Store, mails: Relay, net: Providers) -> None:
    """High: the phone would wait ten minutes; it does not when the mail failed for good."""
    mails.script = lambda recipient, tries: "550 no such user" if recipient.startswith("ann") else "ok"
    world = a_world(**{"method__ann-phone": a_method("ann", Channel.SMS, address="+491")})
    with voice(dsn, mails.port, world, more=net.couriers()) as found:
        found.take(an_alert())
        found.wait_for(4)
    sent = [one["Body"] for one in net.named(PATHS[Channel.SMS])]
    assert sorted(text[:4] for text in sent) == ["HIGH", "a***"], "the alert, and word of the broken address"


def test_when_the_last_page_fails_for_good_the_escalation_goes_on_at_once(
    dsn: str, store: Store, mails: Relay, net: Providers
) -> None:
    mails.script = lambda recipient, tries: "550 no" if recipient.startswith("ann") else "ok"
    with voice(dsn, mails.port, a_world(**{"method__ann-phone": None}), more=net.couriers()) as found:
        found.take(an_alert(policy=paging("on_call")))
        found.wait_until_said(1)
    assert [command.kind.value for command in found.said] == ["unreachable"]


def test_what_people_cause_is_delivered_once_and_its_secret_never_rests(dsn: str, store: Store, mails: Relay) -> None:
    ask = """insert into message_requests (request_id, kind, recipient, channel, address, body, actor, created_at,
        expires_at) values (%s, %s, 'person:zoe', 'email', 'zoe@example.org', jsonb_build_object('secret', %s::text,
        'by', 'Ben'), 'person:ben', now_ms(), now_ms() + %s)"""
    store.execute(ask, ["r1", "invite", "https://gregor.example.org/password/tok3n", 60_000])
    store.execute(ask, ["r2", "verify", "123456", 60_000])
    store.execute(ask, ["r3", "reset", "https://late.example", -1])
    with voice(dsn, mails.port) as found, voice(dsn, mails.port) as other:
        mails.wait_for(2)
        found.sender.wake()
        other.sender.wake()
    bodies = {str(mail["Subject"]): mail.get_body(("plain",)) for _, mail, _ in mails.taken}
    assert len(mails.taken) == 2
    assert "https://gregor.example.org/password/tok3n" in bodies["You are invited to Gregor"].get_content()
    assert "Ben invites you" in bodies["You are invited to Gregor"].get_content()
    assert "Code: 123456" in bodies["Your code for Gregor"].get_content()
    assert {who for who, _, _ in mails.taken} == {"zoe@example.org"}
    (letter,) = store.execute("select content from deliveries where notice_id = 'r1'").fetchall()
    assert unpacked_text(letter[0]).count("tok3n") == 1, "only as it came, sealed"


def unpacked_text(raw: bytes) -> str:
    return zstandard.decompress(raw).decode()


def test_lanes_spare_who_is_ill() -> None:
    lanes, down = Lanes(), TryAgain(Fault.DOWN)
    turned = [lanes.heard("email", down, at) for at in range(5)]
    assert [circuit is not None for circuit in turned] == [False] * 4 + [True]
    assert lanes.ill({}, 100) == ["email"]
    assert lanes.free({Channel.EMAIL: 4}, [], 15_004) == {"email": 1}, "one probe"
    assert lanes.ill({}, 15_004) == []
    lanes.heard("email", down, 15_005)
    assert lanes.ill({}, 45_000) == ["email"], "twice as long"
    lanes.heard("email", Accepted(), 45_006)
    assert lanes.free({Channel.EMAIL: 4}, [], 45_007) == {"email": 4}


def test_a_webhook_s_host_is_what_fails_together() -> None:
    lanes = Lanes()
    for at in range(5):
        lanes.heard(host_of(Channel.WEBHOOK, "https://a.example/x whsec_1"), TryAgain(Fault.DOWN), at)
    addresses = {
        "channel:1": "https://a.example/y whsec_2",
        "channel:2": "https://b.example/ whsec_3",
        "method:1": "x@y",
    }
    assert lanes.ill(addresses, 10) == ["a.example", "channel:1"]
