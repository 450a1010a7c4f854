"""The closed sets of words. On topics they are words; `NUMBERS` has the integers stores use."""

from enum import StrEnum
from typing import Final


class Level(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    FATAL = "fatal"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Clock(StrEnum):
    """Where `occurred_at` comes from."""

    CLIENT = "client"
    CORRECTED = "corrected"
    FUTURE = "future"
    TOO_OLD = "too_old"
    MISSING = "missing"


class Door(StrEnum):
    ENVELOPE = "envelope"
    STORE = "store"
    NATIVE = "native"
    OTLP = "otlp"
    KAFKA = "kafka"
    HOOK = "hook"
    BROWSER_REPORT = "browser_report"
    MINIDUMP = "minidump"


class Matched(StrEnum):
    """Which key named the issue of an occurrence."""

    OPENED = "opened"
    SITE = "site"
    PATH = "path"
    BARE = "bare"
    MESSAGE = "message"
    CUSTOM = "custom"
    FAMILY = "family"
    MOVED = "moved"
    SPLIT = "split"


class Status(StrEnum):
    NEW = "new"
    ONGOING = "ongoing"
    REGRESSED = "regressed"
    ESCALATING = "escalating"
    RESOLVED = "resolved"
    IGNORED = "ignored"
    SNOOZED = "snoozed"


class ChangeKind(StrEnum):
    OPENED = "opened"
    REGRESSED = "regressed"
    REOPENED = "reopened"
    SPIKING = "spiking"
    CALMED = "calmed"
    MILESTONE = "milestone"
    RULE_MET = "rule_met"
    SEVERITY = "severity"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"
    IGNORED = "ignored"
    SNOOZED = "snoozed"
    WOKE = "woke"
    MERGED = "merged"
    SPLIT = "split"
    COMMENTED = "commented"
    ACTIVE = "active"


class StepKind(StrEnum):
    """What an AlertStep says about its episode."""

    OPEN = "open"
    UPDATE = "update"
    ESCALATE = "escalate"
    REOPENED = "reopened"
    ACKED = "acked"
    REMIND = "remind"
    UNACKED = "unacked"
    PROGRESS = "progress"
    TOLD = "told"
    FLAPPING = "flapping"
    UNHANDLED = "unhandled"
    CLOSED = "closed"


class AlertState(StrEnum):
    IDLE = "idle"
    FIRING = "firing"
    ACKED = "acked"
    CLOSED = "closed"


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    RETRY = "retry"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    BUNDLED = "bundled"
    UNKNOWN = "unknown"


class Channel(StrEnum):
    EMAIL = "email"
    SLACK = "slack"
    SMS = "sms"
    WEBHOOK = "webhook"
    PAGERDUTY = "pagerduty"
    DASHBOARD = "dashboard"


class Role(StrEnum):
    """Rights in one project, least first. Staff is a property of the person."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"


LEVEL_NUMBER: Final = {level: number for number, level in enumerate(Level)}
SEVERITY_NUMBER: Final = {severity: number for number, severity in enumerate(Severity)}
MATCHED_NUMBER: Final = {matched: number for number, matched in enumerate(Matched)}
ROLE_NUMBER: Final = {role: number for number, role in enumerate(Role)}
