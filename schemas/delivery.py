"""DeliveryChanged v1, for live views; the ledger in PostgreSQL is the truth."""

from schemas.kinds import Channel, DeliveryState
from schemas.record import Instant, ProjectId, Record


class DeliveryChanged(Record, frozen=True, kw_only=True, tag="delivery_changed.v1"):
    delivery_id: str
    project_id: ProjectId
    recipient: str
    channel: Channel
    kind: str
    state: DeliveryState
    at: Instant
    episode_id: str = ""
    issue_id: str = ""
    reason: str = ""
    attempt: int = 0
    provider_id: str = ""
