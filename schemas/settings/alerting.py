"""Settings of alerting: rules, routes, policies, silences.

A target is one of `on_call` (who is on call for the project, else its owners), `role:<role>` (the
project's people with at least that role), `staff`, `person:<id>`, `team:<id>`, `schedule:<id>`,
`channel:<id>`.
"""

from schemas.kinds import Severity
from schemas.record import Instant, Part
from schemas.settings.people import Hours


class RuleCondition(Part, frozen=True, kw_only=True):
    """`kind`: new regressed woke milestone severity count users rate anomaly absent."""

    kind: str
    n: int = 0
    window_m: int = 0
    severity: Severity | None = None
    factor: float = 0.0
    against: str = ""  # previous, yesterday, last_week
    verdict: str = ""  # D or E
    milestone: str = ""


class RuleFilter(Part, frozen=True, kw_only=True):
    """`field` of an occurrence or issue, compared by `op` (= != >= contains ~ glob set missing)."""

    field: str
    op: str = "="
    value: str = ""


class RuleSettings(Part, frozen=True, kw_only=True):
    """`rule:<p>:<id>`. `policy`: an id, `default` or `none`."""

    name: str
    scope: str = "issue"  # or pulse
    when: str = "any"  # or all
    conditions: tuple[RuleCondition, ...]
    filters: tuple[RuleFilter, ...] = ()
    filters_match: str = "all"  # any, none
    policy: str = "default"
    severity_floor: Severity = Severity.LOW
    assign: bool = False
    rearm_s: int = 3600
    active: bool = True


class Matcher(Part, frozen=True, kw_only=True):
    """On labels; `=~` and `!~` are RE2, anchored. A missing label is the empty text."""

    label: str
    op: str = "="
    value: str = ""


class RouteSettings(Part, frozen=True, kw_only=True):
    """`route:<p>:<id>`. What is empty is inherited from the parent; the root has no parent."""

    parent: str = ""
    order: int = 0
    matchers: tuple[Matcher, ...] = ()
    goes_on: bool = False  # also try the siblings that follow
    receivers: tuple[str, ...] = ()  # targets
    group_by: tuple[str, ...] = ()
    group_interval_s: int = 300
    mute_windows: tuple[str, ...] = ()


class PolicyStep(Part, frozen=True, kw_only=True):
    """`delay_s`: the wait after this step."""

    targets: tuple[str, ...]
    delay_s: int = 600
    severity: Severity | None = None  # skipped below it


class Policy(Part, frozen=True, kw_only=True):
    """`policy:<id>`; `repeat` more rounds through the steps after the first."""

    name: str
    steps: tuple[PolicyStep, ...]
    repeat: int = 0
    then: tuple[str, ...] = ("staff",)  # told when nobody acted: `unhandled`


class SilenceSettings(Part, frozen=True, kw_only=True):
    """`silence:<p>:<id>`, at most 30 days."""

    matchers: tuple[Matcher, ...]
    start_at: Instant
    end_at: Instant
    reason: str
    author: str


class InhibitionSettings(Part, frozen=True, kw_only=True):
    """`inhibition:<p>:<id>`: while a `source` fires, a `target` with equal labels is held back."""

    source: tuple[Matcher, ...] = ()
    target: tuple[Matcher, ...] = ()
    equal: tuple[str, ...] = ()


class WindowSettings(Part, frozen=True, kw_only=True):
    """`window:<p>:<id>`. Maintenance: once, for what `matchers` hold. Mute: each week, for routes that name it."""

    kind: str = "maintenance"  # or mute
    matchers: tuple[Matcher, ...] = ()
    start_at: Instant = 0
    end_at: Instant = 0
    hours: Hours | None = None  # mute
    zone: str = "UTC"
    reason: str = ""
    author: str = ""


class TemplateSettings(Part, frozen=True, kw_only=True):
    """`template:<channel>:<kind>:<locale>`: text of a channel as its users write it (Jinja2, sandboxed)."""

    text: str
    subject: str = ""
    author: str = ""
