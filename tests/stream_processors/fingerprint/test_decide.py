"""One record of `error-events` at a time: occurrences, duplicates, markers, what is passed over."""

from typing import Any

import msgspec
import pytest

from domain.snapshot import Snapshot
from schemas import wire
from schemas.error_event import Body, ErrorEvent, Request
from schemas.kinds import Level, Matched
from schemas.marks import Marker
from schemas.occurrence import Occurrence
from schemas.outcome import Outcome
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected
from stream_processors.fingerprint.decide import STAGE
from stream_processors.stage import Context, Input, Step
from tests.builders import AT, an_event, numbered
from tests.stream_processors.fingerprint.events import Stage, a_message, an_error, at, raised, why_of
from tests.stream_processors.table import EPOCH

EVENT = an_error(raised("KeyError", "'amount'", at("shop.views::pay", "net = order['amount']"), at("a.b::c", "pay()")))


def test_the_first_event_opens_an_issue_and_says_why() -> None:
    found = Stage().occurrence(EVENT)
    assert (found.matched, found.type, found.title) == (Matched.OPENED, "KeyError", "KeyError: 'amount'")
    assert (found.culprit, found.place, found.source) == ("shop.views::pay", "shop/views.py:42", (EPOCH, 0, 0, 0))
    why = why_of(found)
    assert (why.v, why.anchor, why.statement, why.caller) == (
        "g1",
        "shop.views::pay",
        "net=order['amount']",
        "a.b::c",
    )
    assert why.keys["site"] == found.key == found.new_keys[0].key


def test_a_known_error_says_only_where_it_belongs() -> None:
    stage = Stage()
    first, again = stage.occurrence(EVENT), stage.occurrence(EVENT)
    assert (again.issue_id, again.matched, again.new_keys, again.why) == (
        first.issue_id,
        Matched.SITE,
        (),
        msgspec.UNSET,
    )
    values = dict(stage.values)
    stage.issue(EVENT)
    assert {key for key in stage.values if stage.values[key] != values.get(key)} <= {
        b"m",
        *map(b"b".__add__, _numbers(9)),
    }


def _numbers(count: int) -> list[bytes]:
    return [number.to_bytes(8, "big") for number in range(count)]


def test_a_path_teaches_a_new_site_and_the_reason_says_so() -> None:
    stage = Stage()
    stage.issue(EVENT)
    found = stage.occurrence(
        an_error(
            raised("KeyError", "'amount'", at("shop.views::pay", "x = order['amount'] or 0"), at("a.b::c", "pay()"))
        )
    )
    assert found.matched is Matched.PATH
    assert [(each.kind, each.opener) for each in found.new_keys] == [(Matched.SITE, False)]
    assert why_of(found).also == ("site",)


def test_the_same_id_at_another_offset_is_a_duplicate() -> None:
    stage = Stage()
    event = msgspec.structs.replace(EVENT, event_id=numbered(7))
    assert isinstance(stage.send(event)[0], Occurrence)
    (outcome,) = stage.send(event)
    assert isinstance(outcome, Outcome)
    assert (outcome.counts, outcome.event_id, outcome.stage) == ((("duplicate", 1),), numbered(7), "fingerprint")


def test_two_projects_may_use_one_id() -> None:
    stage = Stage()
    events = [msgspec.structs.replace(EVENT, event_id=numbered(7), project_id=project) for project in (1, 2)]
    assert all(isinstance(stage.send(event)[0], Occurrence) for event in events)


def test_the_same_id_at_the_same_offset_was_logged_and_is_silent() -> None:
    stage = Stage()
    stage.issue(EVENT)
    assert stage.read(stage.log[0]) == []
    stage.warm()
    assert stage.read(stage.log[0]) == []


def test_a_batch_that_was_never_logged_is_decided_again_alike() -> None:
    stage = Stage()
    arrived = stage.arrived(EVENT)
    first = STAGE.decide(arrived, stage.context())
    assert isinstance(first, Kept)
    assert first.value.emit
    stage.warm()
    assert STAGE.decide(arrived, stage.context()) == first


def test_a_batch_that_was_logged_in_part_is_told_again_alike() -> None:
    stage = Stage()
    arrived = stage.arrived(EVENT)
    first = STAGE.decide(arrived, stage.context())
    assert isinstance(first, Kept)
    stage.store(first.value)  # its keys, without the block
    stage.warm()
    again = STAGE.decide(arrived, stage.context())
    assert isinstance(again, Kept)
    assert (again.value.emit, again.value.remember) == (first.value.emit, ())


def test_a_cache_that_saw_an_abandoned_batch_forgets_it() -> None:
    stage = Stage()
    arrived = stage.arrived(EVENT)
    first = STAGE.decide(arrived, stage.context())  # nothing of it is stored
    assert STAGE.decide(arrived, stage.context()) == first


def test_a_marker_goes_to_every_partition() -> None:
    stage = Stage()
    stage.partitions = 3
    arrived = msgspec.structs.replace(stage.arrived(Marker(at=AT, origin="ticker", partition=2)), partition=2)
    verdict = STAGE.decide(arrived, stage.context())
    assert isinstance(verdict, Kept)
    assert [emit.partition for emit in verdict.value.emit] == [0, 1, 2]
    assert {emit.value for emit in verdict.value.emit} == {
        wire.encode(Marker(at=AT, origin="fingerprint", partition=2))
    }


def decided(value: bytes, headers: tuple[tuple[str, bytes], ...] = ()) -> Kept[Step] | Any:
    context = Context({}.get, Snapshot(), STAGE.warm({}.get), 1)
    return STAGE.decide(Input("error-events", 0, 0, EPOCH, b"", value, AT, headers), context)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        pytest.param(b'{"record":"later.v9"}', Kept(Step()), id="what a newer version writes is passed over"),
        pytest.param(wire.encode(Stage().occurrence(EVENT)), Kept(Step()), id="so is a record of another log"),
    ],
)
def test_passed_over(value: bytes, verdict: Kept[Step]) -> None:
    assert decided(value) == verdict


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(b"\xff", Reason.NOT_JSON, id="no JSON"),
        pytest.param(b'{"record":"error_event.v1"}', Reason.SCHEMA, id="no event"),
        pytest.param(
            wire.encode(EVENT).replace(b'"frames":[', b'"frames":[7,'), Reason.SCHEMA, id="frames that are none"
        ),
    ],
)
def test_rejected(value: bytes, reason: Reason) -> None:
    verdict = decided(value)
    assert isinstance(verdict, Rejected)
    assert verdict.reason is reason


@pytest.mark.parametrize(("consumer", "emits"), [(b"fingerprint", 1), (b"sink-mongo", 0)])
def test_a_redriven_record_is_for_one_consumer(consumer: bytes, emits: int) -> None:
    verdict = decided(wire.encode(EVENT), (("redrive_for", consumer),))
    assert len(verdict.value.emit) == emits


@pytest.mark.parametrize(
    ("received_at", "spooled", "trusted"),
    [
        pytest.param(AT - 30_000, False, AT - 30_000, id="a little off is believed"),
        pytest.param(AT - 90_000, False, AT, id="over a minute early is not"),
        pytest.param(AT + 90_000, False, AT, id="nor over a minute late"),
        pytest.param(AT - 90_000, True, AT - 90_000, id="a spooled one may be old"),
    ],
)
def test_received_at(received_at: int, spooled: bool, trusted: int) -> None:
    event = msgspec.structs.replace(EVENT, received_at=received_at)
    verdict = decided(wire.encode(event), (("spooled", b"1"),) if spooled else ())
    occurrence = wire.read(verdict.value.emit[0].value)
    assert isinstance(occurrence, Occurrence)
    assert occurrence.received_at == trusted


def browsing(agent: str) -> Request:
    return Request(url="https://shop.test/cart", headers=(("User-Agent", agent),), body=Body(text="x"))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, {"crash": False, "bot": False}, id="an error"),
        pytest.param({"level": Level.FATAL, "handled": False}, {"crash": True}, id="fatal and nobody caught it"),
        pytest.param({"level": Level.FATAL, "handled": True}, {"crash": False}, id="fatal but caught"),
        pytest.param({"request": browsing("Googlebot/2.1 (+http://x)")}, {"bot": True}, id="a crawler"),
        pytest.param({"request": browsing("Mozilla/5.0 Firefox/126")}, {"bot": False}, id="a person"),
        pytest.param(
            {
                "tags": {"browser": "Chrome", "x": "y"},
                "tag_keys": ("browser", "url", "server_name"),
                "server_name": "web-1",
                "request": browsing(""),
            },
            {"tags": {"browser": "Chrome", "url": "https://shop.test/cart", "server_name": "web-1"}},
            id="the tags that the project names",
        ),
    ],
)
def test_surroundings(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    found = Stage().occurrence(an_event(**({"handled": None} | fields)))
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("event", "kind", "title"),
    [
        pytest.param(
            an_error(raised("KeyError", "'a'\nsecond", at("m::f"))), "KeyError", "KeyError: 'a'", id="first line"
        ),
        pytest.param(an_error(raised("KeyError", "", at("m::f"))), "KeyError", "KeyError", id="nothing said"),
        pytest.param(a_message("went wrong"), "", "went wrong", id="a message"),
        pytest.param(
            an_error(raised("SIGSEGV", "Segfault", at("::f", module=""), synthetic=True), platform="native"),
            "SIGSEGV",
            "SIGSEGV: Segfault",
            id="a crash is shown by its own name",
        ),
    ],
)
def test_shown(event: ErrorEvent, kind: str, title: str) -> None:
    found = Stage().occurrence(event)
    assert (found.type, found.title) == (kind, title)


def test_an_occurrence_stays_below_its_cap() -> None:
    frames = [at("m" * 250 + f"::{'f' * 250}{n}", "x" * 500) for n in range(60)]
    event = an_error(
        raised("K" * 120, "v" * 8000, *frames),
        transaction="t" * 256,
        tags={f"tag{n}" * 6: "v" * 200 for n in range(12)},
        tag_keys=tuple(f"tag{n}" * 6 for n in range(12)),
        fingerprint=("{{ default }}", *("p" * 128 for _ in range(7))),
    )
    stage = Stage()
    arrived = stage.arrived(event)
    verdict = STAGE.decide(arrived, stage.context())
    assert isinstance(verdict, Kept)
    assert len(verdict.value.emit[0].value) <= 8192
    found = wire.read(verdict.value.emit[0].value)
    assert isinstance(found, Occurrence)
    assert len(bytes(found.why)) <= 2048  # type: ignore[arg-type]
