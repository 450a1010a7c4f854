"""What escalation remembers of one issue, and its bytes (alerting.md 6.1)."""

from typing import Final

import msgspec

from schemas.alert_step import AlertStep
from schemas.issue_changed import IssueSnapshot, RuleMet
from schemas.kinds import AlertState, Severity
from schemas.settings.alerting import Policy
from stream_processors.marks import Marks

LAYOUT: Final = 1
KIND: Final = b"e"
EDGES: Final = 8
OPEN: Final = frozenset({AlertState.FIRING, AlertState.ACKED})


class Timer(msgspec.Struct, frozen=True, array_like=True):
    """Armed as a delay; the next tick makes it an instant. `stale` is an instant of the watermark from the start."""

    name: str
    delay_s: int
    due_at: int | None = None


class Track(msgspec.Struct, frozen=True, array_like=True):
    """The policy of an episode, copied in when it started. `step` -1: nobody was told yet."""

    policy_id: str
    version: int
    policy: Policy
    loop: int = 0
    step: int = -1
    done: bool = False
    held: bool = False  # the current step comes again, not the next


class Episode(msgspec.Struct, frozen=True, array_like=True):
    """One firing period. `severity` only rises unless a person pins it; `highest` never falls."""

    id: str
    number: int
    state: AlertState
    severity: Severity
    highest: Severity
    round: int = 1
    track: Track | None = None
    told: tuple[str, ...] = ()  # further policies whose first step was told
    rules: tuple[RuleMet, ...] = ()
    counters: dict[str, int] = {}
    acked_by: str = ""
    acked_at: int = 0
    was: AlertState = AlertState.FIRING  # before it fell quiet
    paused: tuple[Timer, ...] = ()  # what ran then, as remaining delays
    closed_at: int = 0
    quiet: bool = False  # closed by quiet: may come back as the same episode
    untold: bool = False  # closed in silence, while it flapped: readers believe it open until they are told


class State(msgspec.Struct, frozen=True, array_like=True):
    layout: int
    seq: int
    marks: Marks
    project_id: int
    number: int = 0
    episode: Episode | None = None
    timers: tuple[Timer, ...] = ()
    edges: tuple[int, ...] = ()  # the last openings and closings
    flapping_until: int = 0
    brief: IssueSnapshot | None = None
    last: AlertStep | None = None  # the newest step, to be sent again on demand


_ENCODER: Final = msgspec.msgpack.Encoder()
_STATE: Final = msgspec.msgpack.Decoder(State)


def key(issue_id: str) -> bytes:
    return KIND + bytes.fromhex(issue_id)


def encoded(state: State) -> bytes:
    return _ENCODER.encode(state)


def decoded(raw: bytes) -> State:
    return _STATE.decode(raw)


def open_episode(state: State) -> Episode | None:
    """The episode while it is firing or acked."""
    episode = state.episode
    return episode if episode is not None and episode.state in OPEN else None


def is_live(state: State) -> bool:
    """Whether something of it is still to come: it is open, or its end is still to be told."""
    return state.episode is not None and (state.episode.state in OPEN or state.episode.untold)


def with_episode(state: State, episode: Episode) -> State:
    return msgspec.structs.replace(state, episode=episode)


def position(episode: Episode) -> str:
    """round.loop.step of what was told last; without a track the first place of the round."""
    track = episode.track
    return f"{episode.round}.{track.loop}.{max(track.step, 0)}" if track else f"{episode.round}.0.0"
