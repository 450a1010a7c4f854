"""Everybody who may send, made once from each settings snapshot."""

from collections.abc import Callable, Mapping

import msgspec

from domain.fingerprint_rules import NO_RULES, Rules
from domain.snapshot import Snapshot
from ingest_gateway.normalise.memo import Memos
from ingest_gateway.scrub.scrubber import DEFAULT, Scrubber
from schemas.settings.project import KeySettings, ProjectSettings, Quota, ScrubSettings

Unseal = Callable[[str, str], bytes]  # (setting id, sealed text) -> salt


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """What one key admits, and how its project wants its events read."""

    key_id: str
    project_id: int
    slug: str = ""
    active: bool = True
    origins: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()
    rate: Quota | None = None
    quota: Quota = Quota()
    default_service: str = ""
    in_app_prefixes: tuple[str, ...] = ()
    tag_keys: tuple[str, ...] = ()
    keep_browser_reports: bool = False
    salt: bytes = b""
    scrubber: Scrubber = DEFAULT
    rules: Rules = NO_RULES
    memos: Memos = msgspec.field(default_factory=Memos)


class Directory(msgspec.Struct, frozen=True):
    """`admissions` by the key itself. A key without a project is unknown."""

    snapshot: Snapshot
    admissions: Mapping[str, Admission]


class Maker:
    """Makes directories; scrubbers take long to compile, so equal settings share one."""

    def __init__(self, unseal: Unseal) -> None:
        self.unseal = unseal
        self.scrubbers: dict[ScrubSettings, Scrubber] = {}
        self.memos = Memos()
        self.salts: dict[tuple[int, str], bytes] = {}

    def make(self, snapshot: Snapshot) -> Directory:
        projects = snapshot.of_kind("project", ProjectSettings)
        keys = snapshot.of_kind("key", KeySettings)
        found = {
            key.key: self.admission(key_id, key, projects[str(key.project_id)], snapshot)
            for key_id, key in keys.items()
            if key.active and str(key.project_id) in projects
        }
        return Directory(snapshot, found)

    def admission(self, key_id: str, key: KeySettings, project: ProjectSettings, snapshot: Snapshot) -> Admission:
        return Admission(
            key_id=key_id,
            project_id=key.project_id,
            slug=project.slug,
            active=project.active,
            origins=key.origins,
            doors=key.doors,
            rate=key.rate,
            quota=project.quota,
            default_service=key.default_service,
            in_app_prefixes=project.in_app_prefixes,
            tag_keys=project.tag_keys,
            keep_browser_reports=project.keep_browser_reports,
            salt=self.salt(key.project_id, project.user_salt),
            memos=self.memos,
            scrubber=self.scrubber(snapshot.get(f"scrub:{key.project_id}", ScrubSettings)),
        )

    def salt(self, project_id: int, sealed: str) -> bytes:
        if (project_id, sealed) not in self.salts:
            self.salts[project_id, sealed] = self.unseal(f"project:{project_id}", sealed) if sealed else b""
        return self.salts[project_id, sealed]

    def scrubber(self, given: ScrubSettings | None) -> Scrubber:
        if given is None or given == ScrubSettings():
            return DEFAULT
        if given not in self.scrubbers:
            self.scrubbers[given] = Scrubber(given)
        return self.scrubbers[given]
