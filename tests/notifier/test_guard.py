import asyncio
from typing import Any

import pytest
from aiohttp import web

from notifier.addresses import Outside, refused, wrong_url
from notifier.channels.wire import Answer, Request
from notifier.send.guard import Web
from notifier.verdicts import Fault, GiveUp, TryAgain, Unclear, Verdict

HOSTILE = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1"),
    *("192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    *("fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "3fff::1"),
)
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "151.101.1.69",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
)
NOTATIONS = ("127.1", "2130706433", "0x7f.1", "0177.0.0.1", "①②⑦.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]")


@pytest.mark.parametrize("address", HOSTILE)
def test_refused(address: str) -> None:
    assert refused(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_not_refused(address: str) -> None:
    assert not refused(address)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("https://example.org/hook", None, id="https"),
        pytest.param("https://example.org:8443/hook", None, id="a port of the list"),
        pytest.param("http://example.org/hook", "not https", id="plain http"),
        pytest.param("ftp://example.org/", "not https", id="another protocol"),
        pytest.param("file:///etc/passwd", "not https", id="a file"),
        pytest.param("https://example.org:22/", "a port that is not allowed", id="another port"),
        pytest.param("https://me:secret@example.org/", "a name or password in the URL", id="userinfo"),
        pytest.param("https://[::1]/", "an address of a private network", id="a literal"),
        pytest.param("https:///x", "no host", id="no host"),
        pytest.param("https://example.org:x/", "not a URL", id="no port number"),
        pytest.param("https://[::1", "not a URL", id="half a literal"),
    ],
)
def test_wrong_url(url: str, why: str | None) -> None:
    assert wrong_url(url, Outside()) == why


def ask(url: str, outside: Outside, deadline_s: float = 5.0) -> Answer | Verdict:
    async def whole() -> Answer | Verdict:
        client = Web(outside)
        try:
            return await client.ask(Request(url=url, headers={}, body=b"{}", guarded=True), deadline_s)
        finally:
            await client.close()

    return asyncio.run(whole())


@pytest.mark.parametrize("host", NOTATIONS)
def test_no_notation_of_a_private_address_is_called(host: str) -> None:
    verdict = ask(f"https://{host}/", Outside())
    assert isinstance(verdict, GiveUp | TryAgain), "refused, or no such name on this system"
    assert not isinstance(verdict, TryAgain) or host not in ("127.1", "localhost", "[::1]")


async def _redirect(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})


async def _long(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * 10_000_000)


async def _slow(request: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def _busy(request: web.Request) -> web.Response:
    return web.Response(status=429, headers={"Retry-After": "17"})


def served(path: str, deadline_s: float = 5.0) -> Answer | Verdict:
    """What a server of our own answers, to a client that may call this machine."""

    async def whole() -> Answer | Verdict:
        app = web.Application()
        routes = {"/redirect": _redirect, "/long": _long, "/slow": _slow, "/busy": _busy}
        app.add_routes([web.post(name, handler) for name, handler in routes.items()])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port: Any = runner.addresses[0][1]
        client = Web(Outside(ports=frozenset({port}), plain_http=True, private=True))
        try:
            url = f"http://localhost:{port}{path}"
            return await client.ask(Request(url=url, headers={}, body=b"{}", guarded=True), deadline_s)
        finally:
            await client.close()
            await runner.cleanup()

    return asyncio.run(whole())


def test_a_redirect_is_an_answer_and_never_followed() -> None:
    assert served("/redirect") == Answer(status=302)


def test_no_more_than_64_kib_are_read() -> None:
    answer = served("/long")
    assert isinstance(answer, Answer)
    assert len(answer.body) == 65_536


def test_an_answer_that_never_comes_is_unclear() -> None:
    assert served("/slow", 0.3) == Unclear("", "no answer in time")


def test_the_wish_of_a_busy_server_is_heard() -> None:
    assert served("/busy") == Answer(status=429, retry_after_s=17.0)


def test_a_closed_port_is_tried_again() -> None:
    verdict = ask("http://127.0.0.1:1/", Outside(ports=frozenset({1}), plain_http=True, private=True))
    assert isinstance(verdict, TryAgain)
    assert verdict.fault is Fault.DOWN
