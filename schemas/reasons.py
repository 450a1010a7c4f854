"""Why an event went no further. A closed set: docs/reasons.md has a line for each."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Door, stages and sinks share these; also metric label and `X-Sentry-Error`."""

    # the request
    BAD_FRAMING = "bad_framing"
    BAD_ENCODING = "bad_encoding"
    UNKNOWN_ENCODING = "unknown_encoding"
    HEADERS = "headers"
    CLIENT_SLOW = "client_slow"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    BOMB = "bomb"
    XML = "xml"
    # who sends
    AUTH_MISSING = "auth_missing"
    AUTH_UNKNOWN = "auth_unknown"
    AUTH_CONFLICT = "auth_conflict"
    PROJECT_MISMATCH = "project_mismatch"
    PROJECT_DISABLED = "project_disabled"
    ORIGIN_DENIED = "origin_denied"
    OVER_QUOTA = "over_quota"
    # what is sent
    NOT_JSON = "not_json"
    NOT_OBJECT = "not_object"
    TOO_DEEP = "too_deep"
    SCHEMA = "schema"
    ITEM_DROPPED = "item_dropped"
    ITEM_UNKNOWN = "item_unknown"
    CLIENT_DISCARDED = "client_discarded"
    DUPLICATE = "duplicate"
    # our trouble
    STARTING = "starting"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    SPOOL_FULL = "spool_full"
    INTERNAL = "internal"
    CRASHED = "crashed"  # the process died three times at this record
    STATE_FULL = "state_full"  # a stage's memory of an issue would exceed its cap
    STORE_REFUSED = "store_refused"  # a database will never take this row


OUR_BUG: Final = frozenset({Reason.INTERNAL, Reason.CRASHED, Reason.STORE_REFUSED})
