"""Settings of a project and its keys."""

from schemas.record import Part


class Quota(Part, frozen=True, kw_only=True):
    """Events a second and burst; a rate of 0 is unlimited."""

    per_s: float = 500.0
    burst: int = 5000


class ProjectSettings(Part, frozen=True, kw_only=True):
    """`project:<n>`. `user_salt` is sealed."""

    slug: str
    name: str
    team: str = ""
    active: bool = True
    retention_days: int = 90
    auto_resolve_days: int = 0  # 0: never
    production_environments: tuple[str, ...] = ("production", "prod", "live")
    critical_paths: tuple[str, ...] = ()
    tag_keys: tuple[str, ...] = (
        "browser",
        "os",
        "device",
        "runtime",
        "url",
        "server_name",
        "customer",
    )
    in_app_prefixes: tuple[str, ...] = ()
    unknown_release: str = "reopen"  # or count
    default_policy: str = ""
    schedule: str = ""  # who is on call; empty: the team's schedule
    quota: Quota = Quota()
    previous_version: str = ""
    user_salt: str = ""
    keep_browser_reports: bool = False


class KeySettings(Part, frozen=True, kw_only=True):
    """`key:<id>`: a DSN key. Public: it admits events, nothing else."""

    project_id: int
    key: str  # 32 hex
    name: str = ""
    active: bool = True
    origins: tuple[str, ...] = ()  # empty: any
    doors: tuple[str, ...] = ()  # empty: all
    rate: Quota | None = None
    default_service: str = ""


class ReleaseSettings(Part, frozen=True, kw_only=True):
    """`release:<p>:<version>`, declared by CI."""

    project_id: int
    version: str
    ordinal: int
    declared_at: int
    parent: str = ""
    commits: tuple[str, ...] = ()


class SeasonSettings(Part, frozen=True, kw_only=True):
    """`season:<p>`, computed each night: 24 factors by hour of the day (UTC, mean 1); users active in a day."""

    factors: tuple[float, ...] = ()
    active_users: int = 0


class ScrubSettings(Part, frozen=True, kw_only=True):
    """`scrub:<p>`: what a project adds to the built-in scrubbing rules."""

    names: tuple[str, ...] = ()
    safe_names: tuple[str, ...] = ()
    excluded_paths: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    email: bool = False
    ip: bool = False


class FingerprintRulesSettings(Part, frozen=True, kw_only=True):
    """`fingerprint_rules:<p>`: the text as people write it (grouping.md 6.1)."""

    text: str
    version: int = 1
