"""The guard against lost records: within a generation the offsets of a partition have no gap."""

import msgspec


class Log(msgspec.Struct, frozen=True):
    """One partition when its generation began: the committed offset (None: never), and where the log starts."""

    start: int
    committed: int | None = None

    @property
    def expired(self) -> int:
        """Records that retention took before they were read."""
        return max(0, self.start - (self.committed or 0))


class Gap(msgspec.Struct, frozen=True):
    """The engine passed over records, or gave some twice within one generation."""

    expected: int
    got: int


def follow(log: Log, last: int | None, offset: int) -> Gap | None:
    """`last` is the offset before `offset` in this generation; None at its first record.

    The first may be lower than what was committed (it is read again), never higher.
    """
    if last is not None:
        return None if offset == last + 1 else Gap(last + 1, offset)
    first = max(log.start, log.committed or 0)
    return None if offset <= first else Gap(first, offset)
