"""The kinds of settings that people write, as data: where they stand, who may, what is secret."""

from typing import Final

import msgspec

from query_api.rights import Least
from schemas.record import Part
from schemas.settings.alerting import (
    InhibitionSettings,
    Policy,
    RouteSettings,
    RuleSettings,
    SilenceSettings,
    TemplateSettings,
    WindowSettings,
)
from schemas.settings.people import (
    ChannelSettings,
    MethodSettings,
    OverrideSettings,
    PersonalRuleSettings,
    ScheduleSettings,
    TeamSettings,
)
from schemas.settings.project import FingerprintRulesSettings, ScrubSettings


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """`path` in addresses, `name` in setting ids. `single`: one per project, its id is the project's.

    `of_person`: belongs to the person named in its field `person`, who alone sees and writes it.
    """

    path: str
    name: str
    struct: type[Part]
    write: Least
    group: str
    of_project: bool = False
    single: bool = False
    of_person: bool = False
    sealed: bool = False  # `address` is a secret: written, never read

    @property
    def read(self) -> Least:
        return Least.SELF if self.of_person else Least.VIEWER

    def setting_id(self, key: str) -> str:
        return f"{self.name}:{key}"


ADMIN, MEMBER, SELF = Least.ADMIN, Least.MEMBER, Least.SELF
KINDS: Final = (
    Kind(path="rules", name="rule", struct=RuleSettings, write=ADMIN, group="alerts", of_project=True),
    Kind(path="routes", name="route", struct=RouteSettings, write=ADMIN, group="alerts", of_project=True),
    Kind(
        path="inhibitions", name="inhibition", struct=InhibitionSettings, write=ADMIN, group="alerts", of_project=True
    ),
    Kind(path="silences", name="silence", struct=SilenceSettings, write=MEMBER, group="alerts", of_project=True),
    Kind(
        path="maintenance-windows", name="window", struct=WindowSettings, write=MEMBER, group="alerts", of_project=True
    ),
    Kind(path="policies", name="policy", struct=Policy, write=ADMIN, group="alerts"),
    Kind(path="schedules", name="schedule", struct=ScheduleSettings, write=ADMIN, group="alerts"),
    Kind(path="overrides", name="override", struct=OverrideSettings, write=MEMBER, group="alerts"),
    Kind(path="channels", name="channel", struct=ChannelSettings, write=ADMIN, group="deliveries", sealed=True),
    Kind(path="templates", name="template", struct=TemplateSettings, write=ADMIN, group="deliveries"),
    Kind(
        path="scrubbing",
        name="scrub",
        struct=ScrubSettings,
        write=ADMIN,
        group="settings",
        of_project=True,
        single=True,
    ),
    Kind(
        path="fingerprint-rules",
        name="fingerprint_rules",
        struct=FingerprintRulesSettings,
        write=ADMIN,
        group="settings",
        of_project=True,
        single=True,
    ),
    Kind(path="teams", name="team", struct=TeamSettings, write=ADMIN, group="people"),
    Kind(
        path="contact-methods",
        name="method",
        struct=MethodSettings,
        write=SELF,
        group="people",
        of_person=True,
        sealed=True,
    ),
    Kind(
        path="personal-rules",
        name="personal_rule",
        struct=PersonalRuleSettings,
        write=SELF,
        group="people",
        of_person=True,
    ),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}
