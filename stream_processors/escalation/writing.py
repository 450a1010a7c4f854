"""From decided turns to what the stage emits and remembers."""

from collections.abc import Iterable
from typing import Final

import msgspec

from domain.ids import digest
from schemas import wire
from schemas.alert_step import AlertStep
from schemas.outcome import Outcome
from schemas.reasons import Reason
from stream_processors.escalation import index
from stream_processors.escalation.clock import Clock
from stream_processors.escalation.state import State, encoded, is_live, key
from stream_processors.escalation.turn import Turn
from stream_processors.stage import Context, Emit, Put, Step

NAME: Final = "escalation"
SINK: Final = "alerts"
OUTCOMES: Final = "outcomes"
LARGEST: Final = 16 * 1024


class Decided(msgspec.Struct, frozen=True):
    """One issue before and after."""

    issue_id: str
    before: State
    turn: Turn

    @property
    def began(self) -> bool:
        return not is_live(self.before) and is_live(self.turn.state)

    @property
    def ended(self) -> bool:
        return is_live(self.before) and not is_live(self.turn.state)


def written(all_: Iterable[Decided], context: Context) -> Step:
    """The index first: it may name an episode that is not there, never miss one that is."""
    decided = tuple(all_)
    emits = [emitted(one.issue_id, step) for one in decided for step in one.turn.steps]
    pages = index.with_opened(context.recall, (bytes.fromhex(one.issue_id) for one in decided if one.began))
    puts = tuple(Put(key(one.issue_id), packed(one.turn.state)) for one in decided)
    full = (state_full(decided[-1]),) if pages.full else ()
    return Step((*emits, *full), (*pages.puts, *puts))


def packed(state: State) -> bytes:
    """Within its cap: the newest step can be told again only while there is room to keep it."""
    raw = encoded(state)
    return raw if len(raw) <= LARGEST else encoded(msgspec.structs.replace(state, last=None))


def noted(all_: Iterable[Decided], clock: Clock) -> None:
    """The cache, changed last."""
    for one in all_:
        issue = bytes.fromhex(one.issue_id)
        clock.note(issue, one.turn.state)
        if one.ended:
            clock.ended.add(issue)
        if one.began:
            clock.began.add(index.key(issue))


def state_full(decided: Decided) -> Emit:
    """The index has no room for an episode."""
    state = decided.turn.state
    outcome = Outcome(
        outcome_id=digest("outcome", NAME, Reason.STATE_FULL, decided.issue_id, str(state.seq)),
        project_id=state.project_id,
        minute_at=0,
        stage=NAME,
        counts=((Reason.STATE_FULL.value, 1),),
    )
    return Emit(OUTCOMES, str(state.project_id).encode(), wire.encode(outcome))


def emitted(issue_id: str, step: AlertStep) -> Emit:
    return Emit(SINK, issue_id.encode(), wire.encode(step))
