"""Setting v1: one value of the compacted topic `settings`. A tombstone deletes it."""

from msgspec import Raw

from schemas.record import Instant, Record


class Setting(Record, frozen=True, kw_only=True, tag="setting.v1"):
    """`setting_id` = `<kind>:<key>`; `value` is decoded by kind (schemas/settings/)."""

    setting_id: str
    kind: str
    version: int
    at: Instant
    value: Raw
    project_id: int = 0  # 0: of the installation
