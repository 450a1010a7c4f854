"""Which struct decodes which kind of setting."""

from typing import Final

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
    PersonSettings,
    ScheduleSettings,
    TeamSettings,
)
from schemas.settings.project import (
    FingerprintRulesSettings,
    KeySettings,
    ProjectSettings,
    ReleaseSettings,
    ScrubSettings,
    SeasonSettings,
)

KINDS: Final[dict[str, type[Part]]] = {
    "project": ProjectSettings,
    "key": KeySettings,
    "release": ReleaseSettings,
    "season": SeasonSettings,
    "scrub": ScrubSettings,
    "fingerprint_rules": FingerprintRulesSettings,
    "person": PersonSettings,
    "method": MethodSettings,
    "personal_rule": PersonalRuleSettings,
    "team": TeamSettings,
    "channel": ChannelSettings,
    "schedule": ScheduleSettings,
    "override": OverrideSettings,
    "rule": RuleSettings,
    "route": RouteSettings,
    "policy": Policy,
    "silence": SilenceSettings,
    "inhibition": InhibitionSettings,
    "window": WindowSettings,
    "template": TemplateSettings,
}
