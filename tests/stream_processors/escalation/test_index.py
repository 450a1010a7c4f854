"""The index of open episodes, and the clock that is rebuilt from it."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.verdict import Kept
from stream_processors.escalation import index
from stream_processors.escalation.clock import Agenda, warmed
from stream_processors.escalation.decide import close, decide
from stream_processors.stage import Put
from tests.builders import ISSUE_ID, a_rule_met, numbered
from tests.stream_processors.escalation.episodes import QUIET_S, Episodes, kinds, places


def issues(*numbers: int) -> list[bytes]:
    return [bytes([number % 3]) + number.to_bytes(15) for number in numbers]


class Pages:
    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}

    def store(self, puts: tuple[Put, ...]) -> None:
        for put in puts:
            if put.value is None:
                del self.values[put.key]
            else:
                self.values[put.key] = put.value


@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 12), max_size=5)), max_size=10))
def test_the_index_is_the_set_of_what_opened_and_did_not_end(acts: list[tuple[bool, set[int]]]) -> None:
    pages, wanted = Pages(), set[bytes]()
    for opens, numbers in acts:
        some = issues(*numbers)
        if opens:
            pages.store(index.with_opened(pages.values.get, some).puts)
            wanted |= set(some)
        else:
            pages.store(index.without_ended(pages.values.get, some))
            wanted -= set(some)
        assert set(index.opened(pages.values.get)) == wanted
    assert len(pages.values) == len({issue[:1] for issue in wanted})


def test_a_full_page_says_so_and_keeps_what_it_has() -> None:
    pages = Pages()
    many = [bytes([7]) + number.to_bytes(15) for number in range(index.MOST + 2)]
    found = index.with_opened(pages.values.get, many[: index.MOST])
    assert found.full == 0
    pages.store(found.puts)
    assert all(len(value) <= 64 * 1024 + 16 for value in pages.values.values())
    found = index.with_opened(pages.values.get, many)
    assert (found.puts, found.full) == ((), 2)


def test_an_opening_is_named_before_it_is_written() -> None:
    episodes = Episodes()
    verdict = decide(
        episodes.table.arrived(episodes.change("rule_met", 0, rule=a_rule_met())), episodes.table.context()
    )
    assert isinstance(verdict, Kept)
    assert [put.key[:1] for put in verdict.value.remember] == [b"o", b"e"]


def test_an_end_is_taken_out_only_when_it_is_logged() -> None:
    """A page without it that is logged before the end would leave an open episode unnamed after a crash."""
    episodes = Episodes()
    episodes.rule(0)
    episodes.hear("resolved", 10)
    assert list(index.opened(episodes.table.values.get)) != []
    episodes.tick(11)
    assert list(index.opened(episodes.table.values.get)) == []


def test_a_page_that_names_a_new_episode_is_not_rewritten_at_the_end_of_the_batch() -> None:
    """What closes a batch is logged last; the page must stand before the episode."""
    episodes, neighbour = Episodes(), ISSUE_ID[:2] + numbered(7)[2:]
    episodes.rule(0)
    episodes.hear("resolved", 10)
    table = episodes.table
    verdict = decide(
        table.arrived(episodes.change("rule_met", 20, rule=a_rule_met(), issue_id=neighbour)), table.context()
    )
    assert isinstance(verdict, Kept)
    table.store(verdict.value)
    assert close(table.context()).remember == ()
    assert len(list(index.opened(table.values.get))) == 2
    episodes.tick(21)
    assert list(index.opened(table.values.get)) == [bytes.fromhex(neighbour)]


def test_what_ended_and_opened_again_stays_named() -> None:
    episodes = Episodes()
    episodes.rule(0)
    episodes.hear("resolved", 10)
    episodes.rule(20)
    episodes.tick(21)
    assert list(index.opened(episodes.table.values.get)) != []


def test_after_a_restart_timers_and_the_quiet_end_are_known_again() -> None:
    episodes = Episodes()
    episodes.rule(0)
    episodes.tick(0)
    episodes.table.warm()
    assert places(episodes.tick(300)) == [("escalate", "1.0.1")]
    episodes.table.warm()
    assert kinds(episodes.mark(QUIET_S)) == ["closed"]


def test_after_a_restart_a_delay_that_waits_for_its_tick_still_waits() -> None:
    episodes = Episodes()
    episodes.rule(0)
    episodes.table.warm()
    assert episodes.tick(1000) == []
    assert episodes.timers()["escalate"] == 1300


def test_an_end_that_was_not_taken_out_before_a_crash_is_taken_out_later() -> None:
    episodes = Episodes()
    episodes.rule(0)
    episodes.hear("resolved", 10)
    episodes.table.warm()
    episodes.tick(11)
    assert list(index.opened(episodes.table.values.get)) == []


def test_who_is_due_comes_in_order_and_once() -> None:
    agenda, (one, two, three) = Agenda(), issues(1, 2, 3)
    agenda.note(one, 50)
    agenda.note(two, 40)
    agenda.note(three, 60)
    agenda.note(two, 45)
    assert agenda.take(50) == [two, one]
    agenda.done()
    assert agenda.take(50) == []
    assert agenda.take(60) == [three]


def test_who_is_not_due_any_more_is_passed_over() -> None:
    agenda, (one, two) = Agenda(), issues(1, 2)
    agenda.note(one, 50)
    agenda.note(two, 50)
    agenda.note(one, None)
    assert agenda.take(100) == [two]


def test_a_bug_in_one_episode_costs_only_that_one() -> None:
    """The others come again with the next tick; that one when it is noted anew, or after a restart."""
    agenda, (one, two, three) = Agenda(), issues(1, 2, 3)
    for issue in (one, two, three):
        agenda.note(issue, 10)
    agenda.take(10)
    agenda.busy = two
    assert set(agenda.take(11)) == {one, three}
    agenda.done()
    agenda.note(two, 10)
    assert agenda.take(12) == [two]


def test_an_empty_store_has_an_empty_clock() -> None:
    clock = warmed(lambda key: None)
    assert (clock.ticking.heap, clock.quiet.heap) == ([], [])
