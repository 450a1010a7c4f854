"""When a consumer must stop instead of emptying its topic into the dead letters."""

from typing import Final

import msgspec

IN_A_ROW: Final = 1_000
WINDOW: Final = 10_000
SHARE: Final = 0.01
LEAST: Final = 100  # rejections in the window before the share counts


class Breaker(msgspec.Struct, frozen=True):
    """Recent verdicts: `seen` and `rejected` decay together when `WINDOW` messages are in."""

    seen: int = 0
    rejected: int = 0
    in_a_row: int = 0


def observe(before: Breaker, kept: int, rejected: int, last_rejected: bool) -> Breaker:
    """Fold one batch; `last_rejected` says that the batch held nothing but rejections."""
    halved = before.seen + kept + rejected > WINDOW
    seen, refused = (before.seen // 2, before.rejected // 2) if halved else (before.seen, before.rejected)
    return Breaker(
        seen=seen + kept + rejected,
        rejected=refused + rejected,
        in_a_row=before.in_a_row + rejected if last_rejected else 0,
    )


def open_reason(breaker: Breaker) -> str | None:
    """Why to stop, or None. More than 1 % of recent messages, or 1,000 in a row."""
    if breaker.in_a_row >= IN_A_ROW:
        return f"{breaker.in_a_row} messages in a row were rejected"
    if breaker.rejected >= LEAST and breaker.rejected > SHARE * breaker.seen:
        return f"{breaker.rejected} of the last {breaker.seen} messages were rejected"
    return None
