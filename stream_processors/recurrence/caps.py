"""Keeping a record within its size: what is only for show goes first, counts never."""

import msgspec

from stream_processors.recurrence.memory import COLD_BYTES, HOT_BYTES, Cold, Face, Hot, RuleState, encoded
from stream_processors.recurrence.users import Users

SHORT = 64


class Packed(msgspec.Struct, frozen=True):
    """`cut`: something was left out."""

    raw: bytes
    cut: bool = False


def packed_hot(hot: Hot) -> Packed:
    """Over the cap: without tags, negative traces and long names; then without rules that are not met."""
    raw = encoded(hot)
    if len(raw) <= HOT_BYTES:
        return Packed(raw)
    slim = msgspec.structs.replace(hot, face=_slim(hot.face), rules=_bare(hot.rules), formers=hot.formers[-3:])
    raw = encoded(slim)
    if len(raw) > HOT_BYTES:
        met = {key: state for key, state in slim.rules.items() if state.on}
        raw = encoded(msgspec.structs.replace(slim, rules=met))
    return Packed(raw, cut=True)


def packed_cold(cold: Cold) -> Packed:
    """Over the cap: half of the users seen last, and the names of the oldest places."""
    raw = encoded(cold)
    if len(raw) <= COLD_BYTES:
        return Packed(raw)
    users = cold.users
    half = len(users.last) // 16 * 8
    fewer = Users(users.count, users.known, users.registers, users.last[half:], users.last_at[half:])
    slim = msgspec.structs.replace(cold, users=fewer, releases=cold.releases[-8:], environments=cold.environments[-8:])
    return Packed(encoded(slim), cut=True)


def _slim(face: Face) -> Face:
    return msgspec.structs.replace(
        face, tags={}, title=face.title[:SHORT], culprit=face.culprit[:SHORT], route=face.route[:SHORT]
    )


def _bare(rules: dict[str, RuleState]) -> dict[str, RuleState]:
    return {key: RuleState(state.on, state.met_at) for key, state in rules.items()}
