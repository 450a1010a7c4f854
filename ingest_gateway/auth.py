"""Which key a request carries, in any of its forms, and whom that key admits."""

import binascii
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from ingest_gateway.directory import Admission
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Kept, Rejected

MAX_QUERY: Final = 50


class Credentials(msgspec.Struct, frozen=True):
    """Keys found, each once. `project_id` 0: the request does not say."""

    keys: frozenset[str] = frozenset()
    project_id: int = 0


def query_fields(query: bytes) -> dict[str, str]:
    """Of a request's target; the last of two equal names wins."""
    if not query:
        return {}
    try:
        return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_QUERY))
    except ValueError:
        return {}


def keys_of(headers: Mapping[bytes, bytes], query: Mapping[str, str]) -> frozenset[str]:
    """All keys in headers and query; a tunnel's key stands in the envelope instead."""
    found: list[str] = []
    for name in (b"x-sentry-auth", b"authorization", b"authentication"):
        if name in headers:
            found += _authorization(headers[name].decode("latin-1"))
    if b"x-api-key" in headers:
        found.append(headers[b"x-api-key"].decode("latin-1"))
    found += [query[name] for name in ("sentry_key", "key") if name in query]
    return frozenset(key.strip() for key in found if key.strip())


def _authorization(value: str) -> Iterable[str]:
    scheme, _, rest = value.strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return [rest]
        case "basic":
            return _basic(rest)
        case "sentry":
            return _sentry(rest)
        case _:
            return _sentry(value)  # without its scheme, as some proxies leave it


def _sentry(value: str) -> list[str]:
    fields = (part.partition("=") for part in value.replace(" ", ",").split(","))
    return [text.strip("\"'") for name, _, text in fields if name.strip().lower() == "sentry_key"]


def _basic(value: str) -> list[str]:
    try:
        text = b64decode(value.strip(), validate=False).decode("latin-1")
    except (binascii.Error, ValueError):
        return []
    return [text.partition(":")[0]]


def of_dsn(dsn: object) -> Credentials:
    """Key and project of `https://<key>[:<old secret>]@host[/prefix]/<project>`."""
    if not isinstance(dsn, str):
        return Credentials()
    try:
        parsed = urlsplit(dsn.strip())
        key = parsed.username or ""
    except ValueError:
        return Credentials()
    last = parsed.path.rstrip("/").rpartition("/")[2]
    project_id = int(last) if last.isdecimal() and last.isascii() and len(last) < 20 else 0
    return Credentials(frozenset((key,)) if key else frozenset(), project_id)


def admit(
    found: Credentials, admissions: Mapping[str, Admission], door: Door, origin: str = ""
) -> Kept[Admission] | Rejected:
    """The one key's admission, if it is known, on, and good for this project, door and origin."""
    if not found.keys:
        return Rejected(Reason.AUTH_MISSING)
    if len(found.keys) > 1:
        return Rejected(Reason.AUTH_CONFLICT)
    admission = admissions.get(next(iter(found.keys)))
    if admission is None:
        return Rejected(Reason.AUTH_UNKNOWN)
    if found.project_id not in (0, admission.project_id):
        return Rejected(Reason.PROJECT_MISMATCH)
    if not admission.active:
        return Rejected(Reason.PROJECT_DISABLED)
    if admission.doors and door not in admission.doors:
        return Rejected(Reason.AUTH_UNKNOWN, f"this key does not admit the door {door}")
    if origin and admission.origins and not any(_matches(origin, allowed) for allowed in admission.origins):
        return Rejected(Reason.ORIGIN_DENIED)
    return Kept(admission)


def _matches(origin: str, allowed: str) -> bool:
    """`https://shop.example`, `shop.example`, `*.shop.example` or `*`; without a scheme any is meant."""
    given, wanted = origin.lower(), allowed.lower().rstrip("/")
    if "://" not in wanted:
        given = given.partition("://")[2].partition(":")[0]
    before, star, after = wanted.partition("*")
    return (given.startswith(before) and given.endswith(after)) if star else given == wanted
