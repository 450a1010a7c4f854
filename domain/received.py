"""When an event was received, if its gateway's clock cannot be believed."""

from typing import Final

TOLERANCE_MS: Final = 60_000


def trusted_received_at(received_at: int, append_at: int, spooled: bool) -> int:
    """`received_at`, or the broker's `append_at` when they differ by more than 60 s (design 8, rule 8).

    A spooled record may honestly be older than its append; only a later one is replaced.
    """
    ahead = received_at - append_at
    wrong = ahead > TOLERANCE_MS if spooled else abs(ahead) > TOLERANCE_MS
    return append_at if wrong else received_at
