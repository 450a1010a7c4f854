"""Addresses of channels and methods: sealed before they are stored, never shown again."""

from typing import Any

import msgspec

from query_api import defaults
from query_api.objects.kinds import Kind
from runtime.secrets import seal
from schemas.record import Part
from schemas.settings.people import ChannelSettings, MethodSettings


def sealed(kind: Kind, setting_id: str, value: Part, *, before: Part | None, master: bytes) -> Part:
    """The value as it is stored. Without a new address the sealed one stays, and with it its proof."""
    if not kind.sealed:
        return value
    assert isinstance(value, ChannelSettings | MethodSettings)
    if not value.address:
        return kept(value, before)
    address = seal(master, setting_id, value.address)
    found: Part = msgspec.structs.replace(value, address=address, hint=defaults.hint(value.address), **unproven(value))
    return found


def unproven(value: ChannelSettings | MethodSettings) -> dict[str, int]:
    """A new address of a person is used only after its code was typed in."""
    return {"verified_at": 0} if isinstance(value, MethodSettings) else {}


def kept(value: ChannelSettings | MethodSettings, before: Part | None) -> Part:
    if isinstance(before, MethodSettings) and isinstance(value, MethodSettings):
        return msgspec.structs.replace(
            value, address=before.address, hint=before.hint, verified_at=before.verified_at, channel=before.channel
        )
    if isinstance(before, ChannelSettings):
        return msgspec.structs.replace(value, address=before.address, hint=before.hint)
    return value


def hidden(kind: Kind, value: dict[str, Any] | None) -> dict[str, Any] | None:
    """What people, history and audit see."""
    if value is None or not kind.sealed:
        return value
    return {**value, "address": ""}
