"""An ErrorEvent as a document beside shared stacks, and back. Law: join(split(event)) == event."""

from collections.abc import Mapping
from typing import Final

import msgspec
import zstandard

from domain.ids import digest_bytes
from schemas.error_event import ErrorEvent, Frame
from schemas.record import Instant, Part

LEVEL: Final = 3
DAY_MS: Final = 86_400_000
MOST_STACKS: Final = 12
CLIENT_CHARACTERS: Final = 64
LARGEST_BYTES: Final = 16_777_216  # of what is unpacked: events are at most 512 KiB


class Stack(msgspec.Struct, frozen=True):
    """The frames of one exception without `vars`, or a map of modules: the same bytes, the same id."""

    stack_id: bytes
    raw: bytes  # JSON; packed only when it is written, which is once for all events that share it


class Http(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    method: str = ""
    route: str = ""
    status: int = 0
    ms: int | None = None


class Client(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    browser: str = ""
    os: str = ""
    device: str = ""


class EventDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that are searched and erased by, and `body` with all that `stacks` does not hold."""

    document_id: str  # <project_id>:<event_id>
    project_id: int
    received_at: Instant
    level: str
    service: str
    environment: str
    release: str
    type: str
    user_id: str
    trace: bytes
    stacks: tuple[bytes, ...]
    http: Http | None
    client: Client | None
    body: bytes  # zstd


class Split(msgspec.Struct, frozen=True):
    document: EventDocument
    stacks: tuple[Stack, ...]


class Joined(msgspec.Struct, frozen=True):
    """`missing`: stacks that expired or were never written; their frames are absent."""

    event: ErrorEvent
    missing: int


class _Body(Part, frozen=True, kw_only=True):
    """`framed`: the exceptions whose frames are the stacks, in order; `vars` by exception and frame."""

    event: ErrorEvent
    framed: tuple[int, ...] = ()
    modules: bool = False  # the last stack is the map of modules
    vars: dict[int, dict[int, dict[str, str]]] = {}


_BODY: Final = msgspec.json.Decoder(_Body)
_FRAMES: Final = msgspec.json.Decoder(tuple[Frame, ...])
_MODULES: Final = msgspec.json.Decoder(dict[str, str])
_ENCODER: Final = msgspec.json.Encoder()


def document_id(project_id: int, event_id: str) -> str:
    return f"{project_id}:{event_id}"


def split(event: ErrorEvent) -> Split:
    """The event as it is stored. At most 12 stacks: the rest of them stays in the body."""
    framed = tuple(index for index, found in enumerate(event.exceptions) if found.frames)[: MOST_STACKS - 1]
    shared = [_ENCODER.encode(_bare(event.exceptions[index].frames)) for index in framed]
    shared += [_ENCODER.encode(event.modules)] if event.modules else []
    exceptions = tuple(
        msgspec.structs.replace(found, frames=()) if index in framed else found
        for index, found in enumerate(event.exceptions)
    )
    body = _Body(
        event=msgspec.structs.replace(event, exceptions=exceptions, modules={}),
        framed=framed,
        modules=bool(event.modules),
        vars={index: named for index in framed if (named := _variables(event.exceptions[index].frames))},
    )
    stacks = tuple(Stack(digest_bytes(str(event.project_id), raw.decode()), raw) for raw in shared)
    return Split(_document(event, stacks, pack(_ENCODER.encode(body))), stacks)


def join(body: bytes, stacks: tuple[bytes, ...], found: Mapping[bytes, bytes]) -> Joined:
    """The event of a document: its `body`, its `stacks` in order, and the bodies `found` by stack id."""
    packed = _BODY.decode(_unpack(body))
    frames = {
        index: _FRAMES.decode(_unpack(found[stack_id]))
        for index, stack_id in zip(packed.framed, stacks, strict=False)
        if stack_id in found
    }
    exceptions = tuple(
        msgspec.structs.replace(one, frames=_named(frames[index], packed.vars.get(index, {})))
        if index in frames
        else one
        for index, one in enumerate(packed.event.exceptions)
    )
    modules = _MODULES.decode(_unpack(found[stacks[-1]])) if packed.modules and stacks[-1] in found else {}
    missing = sum(stack_id not in found for stack_id in stacks)
    return Joined(msgspec.structs.replace(packed.event, exceptions=exceptions, modules=modules), missing)


def stack_expiry(event_expires_at: Instant) -> Instant:
    """A stack outlives its latest event by a day; rounded up to whole days, so it is written once a day."""
    return (event_expires_at // DAY_MS + 2) * DAY_MS


def _document(event: ErrorEvent, stacks: tuple[Stack, ...], body: bytes) -> EventDocument:
    return EventDocument(
        document_id=document_id(event.project_id, event.event_id),
        project_id=event.project_id,
        received_at=event.received_at,
        level=event.level,
        service=event.service,
        environment=event.environment,
        release=event.release,
        type=event.root_type,
        user_id=event.user.id if event.user else "",
        trace=_hex(event.trace_id),
        stacks=tuple(stack.stack_id for stack in stacks),
        http=_http(event),
        client=_client(event),
        body=body,
    )


def _hex(text: str) -> bytes:
    """16 bytes, or none when it is no trace id."""
    try:
        return bytes.fromhex(text) if len(text) == 32 else b""
    except ValueError:
        return b""


def _http(event: ErrorEvent) -> Http | None:
    request, response = event.request, event.response
    if request is None and response is None:
        return None
    return Http(
        method=request.method if request else "",
        route=request.route if request else "",
        status=response.status if response else 0,
        ms=response.duration_ms if response else None,
    )


def _client(event: ErrorEvent) -> Client | None:
    browser, os, device = (event.tags.get(name, "")[:CLIENT_CHARACTERS] for name in ("browser", "os", "device"))
    return Client(browser=browser, os=os, device=device) if browser or os or device else None


def _bare(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    return tuple(msgspec.structs.replace(frame, vars={}) if frame.vars else frame for frame in frames)


def _variables(frames: tuple[Frame, ...]) -> dict[int, dict[str, str]]:
    return {number: frame.vars for number, frame in enumerate(frames) if frame.vars}


def _named(frames: tuple[Frame, ...], variables: Mapping[int, dict[str, str]]) -> tuple[Frame, ...]:
    return tuple(
        msgspec.structs.replace(frame, vars=variables[number]) if number in variables else frame
        for number, frame in enumerate(frames)
    )


def pack(raw: bytes) -> bytes:
    """The body of a stack, or of an event."""
    return zstandard.compress(raw, LEVEL)


def _unpack(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=LARGEST_BYTES)
