"""Server rules that choose a fingerprint (grouping.md 6.1): the first rule that matches wins."""

from typing import Final

import msgspec

from schemas.error_event import CustomFingerprint, ErrorEvent


class Rules(msgspec.Struct, frozen=True):
    """The rules of one project, compiled."""

    version: int = 0


NO_RULES: Final = Rules()


def rule_fingerprint(event: ErrorEvent, rules: Rules) -> CustomFingerprint | None:
    return None
