"""Whether a stage moves: liveness is progress, not existence."""

from typing import Final, TypeAlias

import msgspec

STUCK_S: Final = 30.0

Token: TypeAlias = tuple[int, ...]  # changes whenever anything was committed, restored or assigned


class Progress(msgspec.Struct, frozen=True):
    """`since_s`: when the stage was last seen moving, or with nothing to do (monotonic seconds)."""

    token: Token
    since_s: float


def observe(before: Progress | None, token: Token, lag: int, now_s: float) -> Progress:
    """Fold one look at a stage that has `lag` records before it."""
    if before is not None and lag > 0 and token == before.token:
        return before
    return Progress(token, now_s)


def stuck_s(progress: Progress, now_s: float) -> float | None:
    """For how long nothing moved although there is work; None while that is still bearable."""
    still = now_s - progress.since_s
    return still if still > STUCK_S else None
