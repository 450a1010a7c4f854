"""The envelope grammar, whole and in pieces of any size."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_gateway.caps import EVENT_BYTES
from ingest_gateway.envelope import Envelope
from schemas.reasons import Reason

BIG = b"x" * (EVENT_BYTES + 1)


def read(body: bytes, *cuts: int) -> Envelope:
    envelope = Envelope()
    places = [0, *sorted(cuts), len(body)]
    for start, end in pairwise(places):
        envelope.feed(body[start:end])
    envelope.close()
    return envelope


def outcome(envelope: Envelope) -> tuple[list[tuple[str, bytes | None]], str]:
    items = [(item.type, item.payload) for item in envelope.items]
    return items, envelope.refusal.reason if envelope.refusal else ""


EVENT = b'{"type":"event"}\n{"a":1}'
CASES = [
    pytest.param(b"{}", [], "", id="a header alone"),
    pytest.param(b"{}\n", [], "", id="a header and a newline"),
    pytest.param(b"\xef\xbb\xbf{}\n" + EVENT, [("event", b'{"a":1}')], "", id="a byte order mark"),
    pytest.param(b"{}\n" + EVENT, [("event", b'{"a":1}')], "", id="a payload up to the end"),
    pytest.param(b"{}\n" + EVENT + b"\n", [("event", b'{"a":1}')], "", id="or up to its newline"),
    pytest.param(b'{}\n{"type":"event","length":7}\n{"a":1}', [("event", b'{"a":1}')], "", id="with its length"),
    pytest.param(b'{}\n{"length":7,"type":"event"}\n{"a":1}\n', [("event", b'{"a":1}')], "", id="keys in any order"),
    pytest.param(b'{}\n{"type":"event","length":9}\n{"a":\n\n1}\n', [("event", b'{"a":\n\n1}')], "",
                     id="newlines inside"),
    pytest.param(b'{}\n{"type":"event","length":3}\n\x00\n\x00\n', [("event", b"\x00\n\x00")], "", id="NUL inside"),
    pytest.param(b'{}\n{"type":"event","length":0}\n\n' + EVENT, [("event", b""), ("event", b'{"a":1}')], "",
                 id="an empty payload"),
    pytest.param(b"{}\n\n\n" + EVENT + b"\n\n" + EVENT, [("event", b'{"a":1}')] * 2, "",
                     id="blank lines between items"),
    pytest.param(b'{}\n{"type":"transaction"}\n{}\n' + EVENT, [("transaction", None), ("event", b'{"a":1}')], "",
                 id="what is not kept is not held"),
    pytest.param(b'{}\n{"type":"event","length":null}\n{"a":1}\n', [("event", b'{"a":1}')], "", id="a length of null"),
    pytest.param(b"", [], "bad_framing", id="nothing at all"),
    pytest.param(b"\n\n", [], "bad_framing", id="a first line that is empty"),
    pytest.param(b"nope\n" + EVENT, [], "bad_framing", id="a header that is not JSON"),
    pytest.param(b"[]\n" + EVENT, [], "bad_framing", id="a header that is a list"),
    pytest.param(b'{}\n{"type":"event","length":99}\n{"a":1}\n', [], "bad_framing", id="a length beyond the end"),
    pytest.param(b'{}\n{"type":"event","length":-1}\n{"a":1}\n', [], "bad_framing", id="a negative length"),
    pytest.param(b'{}\n{"type":"event","length":1000000000}\nx\n', [], "bad_framing", id="a length of a gigabyte"),
    pytest.param(b'{}\n{"type":"event","length":"7"}\n{"a":1}\n', [], "bad_framing", id="a length in words"),
    pytest.param(b'{}\n{"type":"event","length":7.5}\n{"a":1}\n', [], "bad_framing", id="half a byte"),
    pytest.param(b'{}\n{"type":"event","length":true}\n{"a":1}\n', [], "bad_framing", id="a length of true"),
    pytest.param(b'{}\n{"type":"event","length":6}\n{"a":1}\n', [], "bad_framing",
                     id="bytes where the newline belongs"),
    pytest.param(b"{}\n" + EVENT + b"\nnope\n{}", [("event", b'{"a":1}')], "bad_framing",
                     id="items before it are kept"),
    pytest.param(b"{}\n" + EVENT + b'\n{"length":2}\n{}', [("event", b'{"a":1}')], "bad_framing", id="no type"),
    pytest.param(b"{}\n" + EVENT + b'\n{"type":""}\n{}', [("event", b'{"a":1}')], "bad_framing", id="an empty type"),
    pytest.param(b"{}\n" + EVENT + b'\n{"type":5}\n{}', [("event", b'{"a":1}')], "bad_framing", id="a number as type"),
    pytest.param(b"{}\n{" + b'"x":"' + b"y" * 9000 + b'"}\n{}', [], "bad_framing", id="an item header over 8 KiB"),
    pytest.param(b'{"x":"' + b"y" * 17000 + b'"}\n' + EVENT, [], "bad_framing", id="a header over 16 KiB"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "items", "reason"), CASES)
def test_grammar(body: bytes, items: list[tuple[str, bytes | None]], reason: str) -> None:
    assert outcome(read(body)) == (items, reason)


@pytest.mark.parametrize(("body", "items", "reason"), CASES)
def test_grammar_byte_by_byte(body: bytes, items: list[tuple[str, bytes | None]], reason: str) -> None:
    assert outcome(read(body, *range(1, min(len(body), 400)))) == (items, reason)


@given(st.lists(st.binary(max_size=40), max_size=5), st.lists(st.integers(0, 400), max_size=5))
def test_payloads_come_back_however_the_body_is_cut(payloads: list[bytes], cuts: list[int]) -> None:
    body = b"{}\n" + b"".join(b'{"type":"event","length":%d}\n%s\n' % (len(each), each) for each in payloads)
    assert [item.payload for item in read(body, *cuts).items] == payloads


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=3))
def test_any_bytes_in_any_pieces_read_the_same(body: bytes, cuts: list[int]) -> None:
    assert outcome(read(b"{}\n" + body, *cuts)) == outcome(read(b"{}\n" + body))


def test_an_item_that_is_too_large_is_refused_alone() -> None:
    found = read(b'{}\n{"type":"event","length":%d}\n%s\n%s' % (len(BIG), BIG, EVENT)).items
    assert [(item.refusal, item.payload) for item in found] == [(Reason.TOO_LARGE, None), (None, b'{"a":1}')]


def test_a_large_attachment_costs_no_memory() -> None:
    envelope = Envelope()
    envelope.feed(b'{}\n{"type":"attachment","length":%d}\n' % (40 << 20))
    for _ in range(40):
        envelope.feed(b"x" * (1 << 20))
        assert len(envelope.buffer) == 0
    envelope.feed(b"\n" + EVENT)
    envelope.close()
    assert [item.type for item in envelope.items] == ["attachment", "event"]


def test_too_many_events_and_too_many_items() -> None:
    events = read(b"{}\n" + (EVENT + b"\n") * 103).items
    assert [item.refusal for item in events[98:]] == [None, None, *[Reason.TOO_MANY] * 3]
    envelope = read(b"{}\n" + b'{"type":"span"}\n{}\n' * 100_000)
    assert (envelope.count, len(envelope.items) < 1200) == (100_000, True)
