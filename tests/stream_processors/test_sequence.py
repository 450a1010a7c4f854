"""Of two versions of one key the higher seq stands, whatever comes later in the changelog."""

import msgspec
import pytest

from stream_processors.sequence import seq_of, stands


def value(seq: int) -> bytes:
    return msgspec.msgpack.encode([1, seq, {"more": [1, 2, 3]}])


@pytest.mark.parametrize(
    ("raw", "seq"),
    [
        pytest.param(value(7), 7, id="the second element"),
        pytest.param(None, None, id="an absent value has none"),
        pytest.param(b"plain", None, id="bytes of another kind have none"),
        pytest.param(msgspec.msgpack.encode([1]), None, id="an array too short has none"),
        pytest.param(msgspec.msgpack.encode([1, "x"]), None, id="text is no number"),
        pytest.param(b"", None, id="nothing has none"),
    ],
)
def test_seq_of(raw: bytes | None, seq: int | None) -> None:
    assert seq_of(raw) == seq


@pytest.mark.parametrize(
    ("known", "arriving", "seq", "replaces"),
    [
        pytest.param(None, value(1), 1, True, id="the first value stands"),
        pytest.param(value(4), value(5), 5, True, id="a higher one replaces"),
        pytest.param(value(5), value(5), 5, True, id="an equal one replaces: it is newer"),
        pytest.param(value(5), value(4), 4, False, id="a lower one comes from a worker that woke up late"),
        pytest.param(value(5), None, 6, True, id="a higher tombstone deletes"),
        pytest.param(value(5), None, 5, False, id="an equal tombstone does not"),
        pytest.param(value(5), None, None, True, id="a tombstone without a number is the newest"),
        pytest.param(b"plain", value(1), 1, True, id="a value without a number gives way"),
        pytest.param(value(5), b"plain", None, True, id="and replaces"),
    ],
)
def test_stands(known: bytes | None, arriving: bytes | None, seq: int | None, replaces: bool) -> None:
    assert stands(known, arriving, seq) is replaces
