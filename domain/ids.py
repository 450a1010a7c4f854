"""Ids are functions of what caused them: a replay gives the same id again."""

import base64
import hashlib
from typing import Final

SEPARATOR: Final = "\x1f"


def digest_bytes(*parts: str) -> bytes:
    """BLAKE2b-16 over the parts joined by 0x1f."""
    text = SEPARATOR.join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


def digest(*parts: str) -> str:
    """The same as 32 lower hex digits."""
    return digest_bytes(*parts).hex()


def issue_id(project_id: int, key: str) -> str:
    return digest("issue", str(project_id), key)


def change_id(issue: str, cause: str, kind: str, rule_id: str = "") -> str:
    return digest("change", issue, cause, kind, rule_id)


def episode_id(issue: str, change: str) -> str:
    return digest("episode", issue, change)


def step_id(episode: str, kind: str, ordinal: str) -> str:
    return f"{episode}:{kind}:{ordinal}"


def dead_id(topic: str, position: tuple[int, int, int, int]) -> str:
    return digest("dead", topic, *map(str, position))


def address_digest(address: str) -> str:
    """Stands for an address where the address itself must not appear."""
    return digest("address", address)


def delivery_id(
    *, issue: str, episode: str, kind: str, ordinal: str, recipient: str, channel: str, address: str
) -> str:
    """26 characters of base32 over sha256 (alerting.md 11.1). Rules, routes and policies are not part of it:

    two of them that reach the same person by the same way give one message.
    """
    fields = (issue, episode, kind, ordinal, recipient, channel, address_digest(address))
    found = hashlib.sha256(SEPARATOR.join(fields).encode()).digest()
    return base64.b32encode(found).decode().lower()[:26]


def user_hash(salt: bytes, user: str) -> str:
    """16 hex: 8-byte keyed BLAKE2b. Empty for nobody. `salt` is the project's, 64 bytes at most."""
    if not user:
        return ""
    return hashlib.blake2b(user.encode("utf-8", "surrogatepass"), digest_size=8, key=salt).hexdigest()
