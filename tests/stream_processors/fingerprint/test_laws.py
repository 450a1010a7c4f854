"""What holds for every log: memos change nothing, replays decide alike, homes do not meet, undo restores."""

from collections.abc import Sequence
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.commands import GroupingKind
from schemas.error_event import ErrorEvent
from schemas.occurrence import Occurrence
from schemas.verdict import Kept
from stream_processors.fingerprint.cache import Shared
from stream_processors.fingerprint.decide import STAGE
from stream_processors.fingerprint.frames import symbol
from stream_processors.fingerprint.slim import SlimFrame
from stream_processors.stage import Input, Put, Step
from tests.stream_processors.fingerprint.events import Stage, a_command, an_error, at, raised

LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@st.composite
def errors(draw: st.DrawFn, kinds: Sequence[str] = ("KeyError", "RuleError")) -> ErrorEvent:
    """Few types, places, callers and words, so that they meet; some hosts have no sources."""
    place, caller = draw(st.sampled_from("aaab")), draw(st.sampled_from("pqr"))
    line = draw(st.sampled_from(["x(1)", "x(1)", "y(2)", ""]))
    frames = [
        at(f"lib.{place}::vet", line),
        at(f"shop.{caller}::run", "vet()" if line else ""),
        at("shop.main::main", "run()" if line else ""),
    ]
    words = draw(st.sampled_from(["{} refused", "{} refused", "nothing at all"])).format(caller)
    platform = draw(st.sampled_from(["python", "python", "python", "java"]))
    return an_error(raised(draw(st.sampled_from(list(kinds))), words, *frames), platform=platform)


LOGS = st.lists(errors(), min_size=1, max_size=40)


def occurrences(stage: Stage, log: Sequence[ErrorEvent]) -> list[Occurrence]:
    return [stage.occurrence(event) for event in log]


@LAW
@given(LOGS)
def test_memos_change_speed_never_answers(log: list[ErrorEvent]) -> None:
    with_memos, without = Stage(shared=Shared()), Stage(shared=Shared(0))
    assert occurrences(with_memos, log) == occurrences(without, log)
    assert with_memos.values == without.values


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["python", "javascript", "java", "native", "php"]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_memo_of_frames_changes_nothing(function: str, module: str, platform: str) -> None:
    frame = SlimFrame(function=function, module=module, filename=f"{module}.x", context_line=function)
    assert symbol(frame, platform) == symbol.__wrapped__(frame, platform)


@LAW
@given(LOGS, st.integers(0, 39), st.booleans())
def test_a_replay_from_anywhere_decides_alike(log: list[ErrorEvent], start: int, command: bool) -> None:
    """Even when the ids are forgotten, and after whatever was learned and commanded since."""
    stage = Stage()
    first = occurrences(stage, log)
    if command and first[0].issue_id != first[-1].issue_id:
        stage.send(a_command(GroupingKind.MERGE, first[0].issue_id, into=first[-1].issue_id))
    for key in [key for key in stage.values if key[:1] in (b"b", b"m")]:
        del stage.values[key]
    stage.warm()
    values = dict(stage.values)
    again = [decided(stage, arrived) for arrived in stage.log[start : len(log)]]
    assert again == first[start:]
    assert {key: value for key, value in stage.values.items() if key[:1] not in (b"b", b"m")} == values


def decided(stage: Stage, arrived: Input) -> Occurrence:
    found = stage.read(arrived)[0]
    assert isinstance(found, Occurrence)
    return found


@LAW
@given(LOGS, st.data())
def test_a_batch_that_dies_anywhere_is_repeated_alike(log: list[ErrorEvent], data: st.DataObject) -> None:
    """Of the batch in hand, any first part of its entries reached the changelog."""
    stage = Stage()
    cut = data.draw(st.integers(0, len(log) - 1))
    occurrences(stage, log[:cut])
    values = dict(stage.values)
    wanted = [stage.occurrence(event) for event in log[cut:]]
    batch, stage.values = stage.log[cut:], values
    stage.warm()
    puts = puts_of(stage, batch)
    stage.values = dict(values)
    stage.store(Step(remember=puts[: data.draw(st.integers(0, len(puts) - 1))]))  # all but the block of ids
    stage.warm()
    assert [decided(stage, arrived) for arrived in batch] == wanted


def puts_of(stage: Stage, batch: Sequence[Input]) -> tuple[Put, ...]:
    """The changelog of one batch, in order."""
    puts: list[Put] = []
    for arrived in batch:
        verdict = STAGE.decide(arrived, stage.context())
        assert isinstance(verdict, Kept)
        stage.store(verdict.value)
        puts += verdict.value.remember
    return (*puts, *STAGE.close(stage.context()).remember)


@LAW
@given(st.lists(errors(("KeyError",)), max_size=20), st.lists(errors(("RuleError",)), max_size=20), st.randoms())
def test_homes_do_not_meet(one: list[ErrorEvent], other: list[ErrorEvent], order: Random) -> None:
    """Events of two homes may come in any order to each other: the issues are the same."""
    together = Stage()
    queue = {0: list(one), 1: list(other)}
    turns = [0] * len(one) + [1] * len(other)
    order.shuffle(turns)
    met: dict[int, list[str]] = {0: [], 1: []}
    for home in turns:
        met[home].append(together.issue(queue[home].pop(0)))
    assert met == {0: Stage().issues(*one), 1: Stage().issues(*other)}


@LAW
@given(LOGS, LOGS)
def test_merge_then_undo_is_identity(before: list[ErrorEvent], after: list[ErrorEvent]) -> None:
    plain, commanded = Stage(), Stage()
    first = commanded.issues(*before)
    commanded.send(a_command(GroupingKind.MERGE, first[0], into="a" * 32))
    commanded.send(a_command(GroupingKind.UNDO, first[0], command_id="c-undo", undoes="c-merge"))
    assert first + commanded.issues(*after) == plain.issues(*before, *after)


@LAW
@given(LOGS)
def test_a_key_never_leads_to_two_issues_at_one_offset(log: list[ErrorEvent]) -> None:
    """Of two equal events in a row the second is always where the first was, and teaches nothing."""
    stage = Stage()
    for event in log:
        one, other = stage.occurrence(event), stage.occurrence(event)
        if not other.new_keys:
            assert one.issue_id == other.issue_id
        else:  # the first one made a helper of its place, and the second was released
            assert b'"split":"lib' in bytes(other.why)  # type: ignore[arg-type]
