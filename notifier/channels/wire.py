"""What HTTP channels have in common: the request they make of a message, and the answer they read."""

from collections.abc import Mapping

import msgspec

from schemas.record import Instant


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """`guarded`: the address was given by a user, so it is checked and never redirected."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    guarded: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`body` at most 64 KiB of it."""

    status: int
    body: bytes = b""
    retry_after_s: float = 0.0


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt: `at` its instant; `thread` what the first message of the episode left, at the same place."""

    delivery_id: str
    at: Instant
    thread: str = ""


def said(answer: Answer) -> str:
    """The start of what the provider answered, for people."""
    return " ".join(answer.body[:200].decode("utf-8", "replace").split())
