import asyncio
from collections.abc import Awaitable, Callable

import pytest

from notifier.send.mail import Mailer, Talk
from notifier.send.mail import Relay as Settings
from notifier.verdicts import Accepted, Fault, GiveUp, TryAgain, Unclear, Verdict
from tests.notifier.relay import Relay

CONTENT = b"Subject: s\r\n\r\n.\r\n.. dots are kept\r\n"


async def enter() -> None:
    """Nobody else is sending."""


def to(recipient: str) -> Talk:
    return Talk("gregor@example.org", recipient, CONTENT, enter)


def talk(mails: Relay, then: Callable[[Mailer], Awaitable[list[Verdict]]]) -> list[Verdict]:
    async def whole() -> list[Verdict]:
        mailer = Mailer(Settings(host="127.0.0.1", port=mails.port))
        try:
            return await then(mailer)
        finally:
            await mailer.close()

    return asyncio.run(whole())


def one(mails: Relay, recipient: str = "ann@example.org", deadline_s: float = 5.0) -> Verdict:
    async def then(mailer: Mailer) -> list[Verdict]:
        return [await mailer.send(to(recipient), deadline_s)]

    return talk(mails, then)[0]


@pytest.mark.parametrize(
    ("todo", "expected"),
    [
        pytest.param("ok", Accepted(detail="taken"), id="taken"),
        pytest.param("451 later", TryAgain(Fault.THROTTLED, "451", "recipient: later"), id="greylisted"),
        pytest.param("550 no such user", GiveUp(Fault.GONE, "550", "recipient: no such user"), id="no such user"),
        pytest.param("data 554 spam", GiveUp(Fault.REFUSED, "554", "content: spam"), id="the content is refused"),
        pytest.param("data 452 full", TryAgain(Fault.THROTTLED, "452", "content: full"), id="no room for it now"),
        pytest.param("stall", Unclear("", "content: no answer in time"), id="no answer: it may be out"),
        pytest.param("abort", Unclear("", "content: SMTPServerDisconnected"), id="hung up: it may be out"),
    ],
)
def test_what_a_relay_does_becomes_a_verdict(mails: Relay, todo: str, expected: Verdict) -> None:
    mails.script = lambda recipient, tries: todo
    assert one(mails, deadline_s=0.5 if todo == "stall" else 5.0) == expected
    assert len(mails.taken) == (todo == "ok")


def test_bytes_arrive_as_they_were_made(mails: Relay) -> None:
    one(mails)
    assert mails.taken[0][2] == CONTENT


def test_a_relay_that_is_not_there_is_tried_again(mails: Relay) -> None:
    async def then() -> Verdict:
        return await Mailer(Settings(host="127.0.0.1", port=1)).send(to("c@d"), 5)

    verdict = asyncio.run(then())
    assert isinstance(verdict, TryAgain)
    assert verdict.fault is Fault.DOWN


def test_one_connection_carries_many_mails_also_after_a_refusal(mails: Relay) -> None:
    mails.script = lambda recipient, tries: "550 no" if recipient == "ben@example.org" else "ok"

    async def then(mailer: Mailer) -> list[Verdict]:
        them = ["ann@example.org", "ben@example.org", "cleo@example.org"]
        return [await mailer.send(to(who), 5) for who in them]

    verdicts = talk(mails, then)
    assert [type(verdict) for verdict in verdicts] == [Accepted, GiveUp, Accepted]
    assert mails.connections == 1


def test_a_kept_connection_that_died_meanwhile_is_replaced(mails: Relay) -> None:
    async def then(mailer: Mailer) -> list[Verdict]:
        first = await mailer.send(to("ann@example.org"), 5)
        client, _ = mailer.idle[0]
        assert client.transport is not None
        client.transport.close()
        return [first, await mailer.send(to("ann@example.org"), 5)]

    assert talk(mails, then) == [Accepted(detail="taken"), Accepted(detail="taken")]
    assert (mails.connections, len(mails.taken)) == (2, 2)
