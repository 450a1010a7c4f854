"""Store wrappings, client reports, outcomes, the breaker, peers: small decisions of the door."""

import base64
import zlib
from collections import Counter

import pytest

from ingest_gateway.breaker import Breaker
from ingest_gateway.lost import discarded, lost_in_client
from ingest_gateway.outcomes import Outcomes
from ingest_gateway.peers import networks, peer_of
from ingest_gateway.store import unwrapped
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected
from tests.ingest_gateway.builders import NOW

EVENT = b'{"message":"hello"}'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(EVENT, id="JSON"),
        pytest.param(b"\xef\xbb\xbf" + EVENT, id="with a byte order mark"),
        pytest.param(b"  \n" + EVENT, id="with blanks before it"),
        pytest.param(base64.b64encode(EVENT), id="base64 of JSON"),
        pytest.param(base64.b64encode(zlib.compress(EVENT)), id="base64 of zlib, as raven-node sends it"),
        pytest.param(base64.urlsafe_b64encode(zlib.compress(EVENT)).rstrip(b"="), id="url-safe, without padding"),
        pytest.param(zlib.compress(EVENT), id="zlib that nobody told of"),
    ],
)
def test_wrappings_of_the_store(body: bytes) -> None:
    assert unwrapped(body) == Kept(EVENT)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", Reason.NOT_JSON, id="nothing"),
        pytest.param(b"!!", Reason.NOT_JSON, id="nonsense"),
        pytest.param(base64.b64encode(zlib.compress(EVENT)[:-4]), Reason.BAD_ENCODING, id="truncated"),
        pytest.param(base64.b64encode(zlib.compress(b"\0" * (2 << 20))), Reason.TOO_LARGE, id="a bomb"),
    ],
)
def test_what_the_store_cannot_unwrap(body: bytes, reason: Reason) -> None:
    assert unwrapped(body) == Rejected(reason)


def test_what_clients_lost() -> None:
    report = {"discarded_events": [
        {"reason": "ratelimit_backoff", "category": "error", "quantity": 3},
        {"reason": "my own", "category": "error", "quantity": 2},
        {"reason": "queue_overflow", "category": "x" * 999, "quantity": -1},
        None, 5,
    ]}  # fmt: skip
    assert +lost_in_client(report) == Counter(
        {"client_discarded.error.ratelimit_backoff": 3, "client_discarded.error.other": 2}
    )
    assert +discarded({"queue_full": 3}) == Counter({"client_discarded.error.queue_full": 3})


def test_received_is_accepted_and_refused() -> None:
    outcomes = Outcomes("p")
    outcomes.add_all(1, NOW + 61_000, Counter(accepted=2, not_json=1, item_dropped=4))
    outcomes.add_all(1, NOW + 61_500, Counter({"accepted": 1, "client_discarded.error.other": 9}))
    (found,) = outcomes.drain()
    assert (found.project_id, found.minute_at) == (1, NOW + 60_000)
    assert dict(found.counts) == {
        "received": 8, "accepted": 3, "not_json": 1, "item_dropped": 4, "client_discarded.error.other": 9,
    }  # fmt: skip
    assert outcomes.drain() == []


def test_outcomes_of_two_processes_never_share_an_id() -> None:
    ids = []
    for process in ("a", "b"):
        outcomes = Outcomes(process)
        for _ in range(2):
            outcomes.add(1, NOW, "accepted")
            ids += [each.outcome_id for each in outcomes.drain()]
    assert len(set(ids)) == 4


def test_the_breaker() -> None:
    breaker = Breaker()
    for at in (1.0, 2.0, 3.0):
        assert breaker.admits(at)
        breaker.failed(at)
    assert (breaker.open, breaker.admits(3.5), breaker.admits(4.1), breaker.admits(4.2)) == (True, False, True, False)
    breaker.answered()
    assert (breaker.open, breaker.admits(4.3)) == (False, True)


@pytest.mark.parametrize(
    ("socket_address", "forwarded", "peer"),
    [
        pytest.param("10.0.0.1", "203.0.113.9", "203.0.113.9", id="a trusted proxy is believed"),
        pytest.param("198.51.100.1", "203.0.113.9", "198.51.100.1", id="anybody else is not"),
        pytest.param("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.7", "203.0.113.9", id="the last that is no proxy"),
        pytest.param("10.0.0.1", "nonsense", "10.0.0.1", id="nonsense"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="nothing"),
    ],
)
def test_peer(socket_address: str, forwarded: str, peer: str) -> None:
    assert peer_of(socket_address, forwarded.encode(), networks("10.0.0.0/8, ::1")) == peer
