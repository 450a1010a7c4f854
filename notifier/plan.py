"""The records of a decision: who was considered, what will be sent, what is kept for the sending."""

from typing import TypeAlias

import msgspec

from domain.overlays import Overlays
from domain.recipients import Directory
from schemas.alert_step import AlertStep
from schemas.kinds import AlertState, Channel, Severity, StepKind
from schemas.record import Instant, Part
from schemas.settings.alerting import RouteSettings, TemplateSettings

SENT = "sent"
BUNDLED = "bundled"
REACHED = frozenset({SENT, BUNDLED})


class RuleWords(Part, frozen=True, kw_only=True):
    """A rule that was met, as its owner named it, and what it compared."""

    name: str
    trace: tuple[str, ...] = ()


class Draft(Part, frozen=True, kw_only=True, tag="draft"):
    """All that a message needs, fixed when it was decided; rendered at the first attempt."""

    step: AlertStep
    recipient: str
    subject: str  # one for the whole episode
    project: str = ""  # its name
    why: tuple[str, ...] = ()  # each way this recipient was named
    duty_until: Instant = 0
    others: tuple[str, ...] = ()  # who else is told
    rules: tuple[RuleWords, ...] = ()
    policy: str = ""  # the name of the policy in charge
    zone: str = "UTC"
    delay_s: int = 0
    while_acked: bool = False  # decided while somebody had it: an acknowledgement does not cancel it
    mute_windows: tuple[str, ...] = ()  # of the routes that alone named this recipient
    page: bool = False
    held: bool = False  # the escalation pauses and takes the step again: this row only waits for a catch-up
    decided_at: Instant = 0
    settings_offset: int = -1


class Line(Part, frozen=True, kw_only=True):
    """One alert in a message about several."""

    draft: Draft
    state: AlertState = AlertState.FIRING  # of its episode, when the message is sent


class Gathering(Part, frozen=True, kw_only=True, tag="gathering"):
    """A message about several alerts. `lines` are filled in at the first attempt, from the ledger."""

    kind: str  # bundle, catch_up
    recipient: str
    subject: str
    project: str = ""
    project_id: int = 0
    severity: Severity = Severity.MEDIUM
    zone: str = "UTC"
    due_at: Instant = 0
    decided_at: Instant = 0
    lines: tuple[Line, ...] = ()


class Notice(Part, frozen=True, kw_only=True, tag="notice"):
    """A message that is about no episode: a code, an invitation, a test, word of a broken address."""

    kind: str
    recipient: str
    subject: str
    title: str
    lines: tuple[str, ...] = ()
    code: str = ""  # to be typed somewhere
    url: str = ""
    button: str = ""  # what the link does
    project: str = ""
    project_id: int = 0
    severity: Severity = Severity.MEDIUM
    zone: str = "UTC"
    due_at: Instant = 0
    decided_at: Instant = 0
    expires_at: Instant = 0  # 0: never
    place: str = ""  # what its sealed parts are bound to
    sealed: str = ""  # the code or link, opened when it is sent
    sealed_address: str = ""  # where it goes; empty: the destination's


class Post(Part, frozen=True, kw_only=True, tag="post"):
    """What an HTTP channel sends, rendered once, without address and secrets. `action` is the channel's own word."""

    body: str
    action: str = ""
    note: str = ""  # a second text: the answer in the thread


class Mail(Part, frozen=True, kw_only=True, tag="mail"):
    """Rendered once; sent again byte for byte. The address is not part of it: it stays sealed."""

    message_id: str
    thread: str  # what every mail of the episode refers to
    subject: str
    date: str  # RFC 5322
    text: str
    html: str
    headers: tuple[tuple[str, str], ...] = ()


Rendered: TypeAlias = Mail | Post
Content: TypeAlias = Draft | Gathering | Notice


class Letter(Part, frozen=True, kw_only=True):
    """What a row of the ledger holds: the draft, and from the first attempt on what is sent."""

    draft: Content
    rendered: Rendered | None = None
    late: bool = False  # whether it says so


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger as it is inserted."""

    delivery_id: str
    recipient: str
    channel: Channel
    destination_id: str  # the setting that holds the address
    address_hint: str
    urgency: int
    draft: Content
    state: str = "pending"
    reason: str = ""
    delay_s: int = 0
    recheck_at: Instant | None = None
    group: str = ""  # of alerts that are told together when they come close upon each other
    bundle_id: str | None = None
    notice_id: str = ""


class Considered(Part, frozen=True, kw_only=True):
    """Somebody the step might have told: stored with the decision. `code` is one of alerting.md 12."""

    recipient: str
    code: str
    why: tuple[str, ...] = ()
    channel: str = ""
    page: bool = False
    name: str = ""
    delivery_id: str = ""
    delay_s: int = 0
    until_at: Instant = 0


class Told(msgspec.Struct, frozen=True):
    """Somebody an earlier step of the episode reached."""

    recipient: str
    channel: Channel
    destination_id: str


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of the episode before this step."""

    state: AlertState = AlertState.IDLE
    acked_by: str = ""
    subject: str = ""
    told: tuple[Told, ...] = ()
    disabled: frozenset[str] = frozenset()  # settings whose address stopped working
    firing: tuple[dict[str, str], ...] = ()  # labels of the project's other episodes that nobody has


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, arranged for decisions. Built once for a snapshot."""

    directory: Directory
    routes: dict[str, dict[str, RouteSettings]] = {}  # by project, by id in it
    rules: dict[str, str] = {}  # names by setting id
    overlays: dict[str, Overlays] = {}  # by project
    addresses: dict[str, str] = {}  # opened, by setting id; what did not open is missing
    hints: dict[str, str] = {}  # what of an address may be shown
    templates: dict[str, TemplateSettings] = {}  # users' texts, by `<channel>:<kind>:<locale>`
    channels: frozenset[Channel] = frozenset(Channel)  # those that this installation has set up
    alone_per_minute: int = 10  # openings to one recipient that go by themselves; more are told together
    offset: int = -1


class Grouping(msgspec.Struct, frozen=True):
    """How the route groups openings: by which values; 0 s: only beyond ten a minute."""

    values: tuple[str, ...] = ()
    interval_s: int = 0


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    step: AlertStep
    considered: tuple[Considered, ...]
    deliveries: tuple[Delivery, ...]
    labels: dict[str, str]
    subject: str
    team: str = ""
    grouping: Grouping | None = None


class Named(msgspec.Struct, frozen=True):
    """A target that a step or a route names. A page interrupts, a notice shows."""

    target: str
    page: bool
    words: str
    mute_windows: tuple[str, ...] = ()  # of the route


PAGES = frozenset({StepKind.OPEN, StepKind.ESCALATE, StepKind.UNACKED, StepKind.UNHANDLED})
