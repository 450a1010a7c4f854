"""The consumer loop, with a list as broker and as dead-letter topic."""

import threading
from collections.abc import Callable, Sequence

import pytest

from runtime.breaker import IN_A_ROW, LEAST, Breaker, observe, open_reason
from runtime.consumer import BadBatch, Progress, Service, TooManyRejected, Unavailable, run_once, serve
from runtime.dead_letters import Original, dead_letter
from runtime.source import Message
from schemas.dead_letter import from_headers
from schemas.reasons import Reason
from schemas.verdict import Dropped, Kept, Rejected, Verdict


def a_message(offset: int, value: bytes = b"fine", headers: tuple[tuple[str, bytes], ...] = ()) -> Message:
    return Message("issue-events", 0, offset, 7, b"key", value, 1_000, headers)


class ListSource:
    """Batches to give, commits as they came; `lost` partitions vanish while idle."""

    def __init__(self, *batches: list[Message]) -> None:
        self.batches = list(batches)
        self.committed: list[int] = []
        self.idled: list[float] = []
        self.lost = False
        self.stop = threading.Event()

    def poll(self, wait_s: float = 0.1) -> list[Message]:
        if not self.batches:
            self.stop.set()
            return []
        return self.batches.pop(0)

    def mine(self, messages: Sequence[Message]) -> list[Message]:
        return [] if self.lost else list(messages)

    def commit(self, messages: Sequence[Message], *, wait: bool = False) -> None:
        self.committed += [message.offset for message in messages]

    def idle(self, wait_s: float) -> None:
        self.idled.append(wait_s)


class ListLetters:
    def __init__(self) -> None:
        self.refused: list[tuple[int, Reason]] = []

    def put(self, refused: Sequence[tuple[Original, Rejected]]) -> None:
        self.refused += [(original.offset, why.reason) for original, why in refused]


class Store:
    """What was acted on; `trouble` may raise for a batch."""

    def __init__(self, trouble: Callable[[list[bytes]], None] = lambda rows: None) -> None:
        self.rows: list[bytes] = []
        self.trouble = trouble

    def act(self, kept: Sequence[tuple[Message, bytes]]) -> None:
        rows = [row for _, row in kept]
        self.trouble(rows)
        self.rows += rows


def decide(message: Message) -> Verdict[bytes]:
    match message.value:
        case b"drop":
            return Dropped(Reason.DUPLICATE)
        case b"refuse":
            return Rejected(Reason.SCHEMA, "no")
        case b"bug":
            raise ZeroDivisionError
        case value:
            return Kept(value)


def run(source: ListSource, store: Store) -> ListLetters:
    letters = ListLetters()
    service = Service(name="sink-postgres", decide=decide, act=store.act)
    serve(service, source, letters, stop=source.stop, progress=Progress())
    return letters


def test_kept_is_acted_on_refused_is_dead_lettered_dropped_is_passed_over() -> None:
    source, store = (
        ListSource([a_message(1), a_message(2, b"drop"), a_message(3, b"refuse"), a_message(4, b"b")]),
        Store(),
    )
    letters = run(source, store)
    assert (store.rows, letters.refused, source.committed) == ([b"fine", b"b"], [(3, Reason.SCHEMA)], [1, 2, 3, 4])


def test_a_bug_costs_one_dead_letter() -> None:
    source, store = ListSource([a_message(1, b"bug"), a_message(2)]), Store()
    letters = run(source, store)
    assert (store.rows, letters.refused, source.committed) == ([b"fine"], [(1, Reason.INTERNAL)], [1, 2])


def test_nothing_is_committed_when_the_effect_failed() -> None:
    def broken(rows: list[bytes]) -> None:
        raise OSError("disk")

    source = ListSource([a_message(1)])
    with pytest.raises(OSError, match="disk"):
        run(source, Store(broken))
    assert source.committed == []


def test_a_store_that_is_away_is_waited_for_with_growing_pauses() -> None:
    tries = iter(range(10))

    def away(rows: list[bytes]) -> None:
        if next(tries) < 3:
            raise Unavailable("connection refused")

    source, store = ListSource([a_message(1)]), Store(away)
    run(source, store)
    assert (store.rows, source.idled, source.committed) == ([b"fine"], [0.2, 0.4, 0.8], [1])


def test_messages_of_a_partition_that_moved_away_meanwhile_are_left_to_its_new_owner() -> None:
    def away(rows: list[bytes]) -> None:
        raise Unavailable("connection refused")

    source, store = ListSource([a_message(1)]), Store(away)
    source.lost = True
    run(source, store)
    assert store.rows == []


def test_one_bad_row_never_stops_a_partition() -> None:
    def picky(rows: list[bytes]) -> None:
        if b"poison" in rows:
            raise BadBatch("NUL in text")

    batch = [a_message(n, b"poison" if n == 5 else b"%d" % n) for n in range(8)]
    source, store = ListSource(batch), Store(picky)
    letters = run(source, store)
    assert store.rows == [b"%d" % n for n in range(8) if n != 5]
    assert letters.refused == [(5, Reason.STORE_REFUSED)]
    assert source.committed == list(range(8))


@pytest.mark.parametrize(
    ("meant_for", "handled"),
    [
        pytest.param(b"sink-postgres", [b"fine"], id="for this consumer"),
        pytest.param(b"recurrence", [], id="for another: passed over"),
    ],
)
def test_a_redriven_message_is_handled_by_the_consumer_it_is_meant_for(meant_for: bytes, handled: list[bytes]) -> None:
    store = Store()
    run(ListSource([a_message(1, headers=(("redrive_for", meant_for),))]), store)
    assert store.rows == handled


def test_the_breaker_stops_before_the_topic_is_emptied_into_the_dead_letters() -> None:
    source, letters = ListSource([a_message(n, b"refuse") for n in range(IN_A_ROW)]), ListLetters()
    service = Service(name="sink-postgres", decide=decide, act=Store().act)
    with pytest.raises(TooManyRejected, match="1000 messages in a row"):
        run_once(service, source, letters, Breaker())
    assert (letters.refused, source.committed) == ([], [])


@pytest.mark.parametrize(
    ("kept", "rejected", "opens"),
    [
        pytest.param(0, IN_A_ROW - 1, True, id="all of many, though not yet a thousand in a row: over 1 %"),
        pytest.param(0, LEAST - 1, False, id="too few to tell"),
        pytest.param(9_900, LEAST, False, id="exactly 1 %"),
        pytest.param(9_800, LEAST + 1, True, id="a little over 1 %"),
    ],
)
def test_the_share_that_opens_the_breaker(kept: int, rejected: int, opens: bool) -> None:
    assert (open_reason(observe(Breaker(), kept, rejected, kept == 0)) is not None) == opens


def test_a_kept_message_ends_the_row() -> None:
    broken = observe(Breaker(), 0, IN_A_ROW - 1, True)
    assert observe(broken, 1, 0, False).in_a_row == 0


def test_a_dead_letter_carries_the_original_and_who_refused_it() -> None:
    letter = dead_letter(
        a_message(3, b"body", (("spooled", b"1"),)), Rejected(Reason.SCHEMA, "x" * 5_000), service="notifier", at=9
    )
    said = from_headers(letter.headers)
    assert letter.value == b"body"
    assert ("spooled", b"1") in letter.headers
    assert (said.source, said.reason, said.consumer, len(said.detail)) == ((7, 0, 3, 0), "schema", "notifier", 2_048)


def test_waiting_for_a_store_is_progress_and_ends_when_told_to_stop() -> None:
    def away(rows: list[bytes]) -> None:
        if len(source.idled) == 3:
            source.stop.set()
        raise Unavailable("no")

    source, progress = ListSource([a_message(0)]), Progress()
    progress.beat_at = began = progress.beat_at - 1_000
    service = Service(name="sink-postgres", decide=decide, act=Store(away).act)
    serve(service, source, ListLetters(), stop=source.stop, progress=progress)
    assert (len(source.idled), source.committed) == (3, [])
    assert progress.beat_at > began


def test_an_original_whose_headers_have_our_names_changes_nothing() -> None:
    original = a_message(3, headers=(("reason", b"theirs"), ("source", b"x")))
    letter = dead_letter(original, Rejected(Reason.SCHEMA, "no"), service="notifier", at=5)
    assert from_headers(letter.headers).reason == "schema"
