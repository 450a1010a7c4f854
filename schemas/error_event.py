"""ErrorEvent v1: one accepted error, canonical and scrubbed. Field limits: docs/records.md."""

from typing import TypeAlias

from msgspec import UNSET, Raw, UnsetType

from schemas.kinds import Clock, Door, Level
from schemas.record import Hex32, Instant, Part, ProjectId, Record

Pairs: TypeAlias = tuple[tuple[str, str], ...]


class Frame(Part, frozen=True, kw_only=True):
    """One stack frame. `lineno` and `colno` are 1-based, 0 when unknown."""

    function: str = ""
    module: str = ""
    filename: str = ""
    abs_path: str = ""
    lineno: int = 0
    colno: int = 0
    in_app: bool = False
    platform: str = ""
    context_line: str = ""
    pre_context: tuple[str, ...] = ()
    post_context: tuple[str, ...] = ()
    vars: dict[str, str] = {}
    package: str = ""
    instruction_addr: str = ""
    image_addr: str = ""  # where the image that holds the instruction was loaded
    mapped: bool = False  # a source map was applied
    repeated: int = 0


class ExceptionInfo(Part, frozen=True, kw_only=True):
    """One exception of the chain; `frames` run outermost first, the crash is last."""

    type: str
    value: str = ""
    module: str = ""
    handled: bool | None = None
    mechanism: str = ""
    synthetic: bool = False
    exception_id: int | None = None
    parent_id: int | None = None
    is_group: bool = False
    frames: tuple[Frame, ...] = ()
    frames_cut: tuple[int, int] | None = None
    stack_text: str = ""
    stack_from: str = ""  # client, thread, text; empty: none


class Message(Part, frozen=True, kw_only=True):
    formatted: str
    template: str = ""
    params: tuple[str, ...] = ()


class Body(Part, frozen=True, kw_only=True):
    """`kind` is json, form, multipart or text; `original_bytes` the size before cuts."""

    text: str = ""
    kind: str = "text"
    original_bytes: int = 0


class Request(Part, frozen=True, kw_only=True):
    """`url` has no userinfo, query or fragment."""

    method: str = ""
    url: str = ""
    route: str = ""
    query: Pairs = ()
    headers: Pairs = ()
    cookies: Pairs = ()
    body: Body | None = None
    remote_ip: str = ""


class Response(Part, frozen=True, kw_only=True):
    status: int = 0
    headers: Pairs = ()
    body: Body | None = None
    duration_ms: int | None = None


class User(Part, frozen=True, kw_only=True):
    id: str = ""
    username: str = ""
    email: str = ""
    ip: str = ""
    data: dict[str, str] = {}


class Breadcrumb(Part, frozen=True, kw_only=True):
    at: Instant | None = None
    category: str = ""
    level: Level = Level.INFO
    message: str = ""
    data: dict[str, str] = {}


class DebugImage(Part, frozen=True, kw_only=True):
    type: str = ""
    debug_id: str = ""
    code_file: str = ""
    image_addr: str = ""
    image_size: int = 0


class Cut(Part, frozen=True, kw_only=True):
    """Something was shortened, replaced or dropped: by which rule, where, how often."""

    rule: str
    where: str = ""
    count: int = 1


class CustomFingerprint(Part, frozen=True, kw_only=True):
    """A client's or a rule's fingerprint with its variables resolved."""

    parts: tuple[str, ...]
    has_default: bool = False  # `{{ default }}` was among the parts: salt the usual keys
    rule_id: str = ""
    rules_version: int = 0
    title: str = ""


class ErrorEvent(Record, frozen=True, kw_only=True, tag="error_event.v1"):
    """One error as it travels on `error-events`. At least one of `exceptions`, `message` is there."""

    event_id: Hex32
    project_id: ProjectId
    home_key: str
    received_at: Instant
    occurred_at: Instant
    service: str
    clock: Clock = Clock.CLIENT
    clock_shift_ms: int = 0
    door: Door = Door.NATIVE
    key_id: str = ""
    sdk: str = ""
    platform: str = "other"
    level: Level = Level.ERROR
    handled: bool | None = None
    exceptions: tuple[ExceptionInfo, ...] = ()
    message: Message | None = None
    fingerprint: tuple[str, ...] = ()
    environment: str = "production"
    release: str = ""
    dist: str = ""
    server_name: str = ""
    logger: str = ""
    transaction: str = ""
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    session_id: str = ""
    request: Request | None = None
    response: Response | None = None
    user: User | None = None
    breadcrumbs: tuple[Breadcrumb, ...] = ()
    tags: dict[str, str] = {}
    modules: dict[str, str] = {}
    contexts: Raw | UnsetType = UNSET
    extra: Raw | UnsetType = UNSET
    images: tuple[DebugImage, ...] = ()
    feedback: str = ""
    cuts: tuple[Cut, ...] = ()
    scrubbed: dict[str, int] = {}
    scrub_version: int = 0
    root: int = -1  # index of the root exception; -1: there is none
    root_type: str = ""
    custom: CustomFingerprint | None = None
    user_hash: str = ""  # 16 hex: keyed digest of the user, made in the gateway
    tag_keys: tuple[str, ...] = ()  # the project's, so that a replay cannot differ
