"""How many events a key and its project may send: token buckets, filled by the time that the caller gives."""

import math
from typing import Final

import msgspec

from ingest_gateway.directory import Admission
from schemas.settings.project import Quota

LONGEST_WAIT_S: Final = 60


class Bucket(msgspec.Struct):
    """`tokens` at the instant `at` (seconds of any steady clock)."""

    tokens: float
    at: float


class Allowed(msgspec.Struct, frozen=True):
    """The first `count` may pass; the next one after `wait_s` (1 to 60)."""

    count: int
    wait_s: int = 0


class Quotas:
    """One bucket per key that has a rate, one per project. A rate of 0 is unlimited."""

    def __init__(self, replicas: int) -> None:
        self.replicas = replicas
        self.buckets: dict[str, Bucket] = {}

    def take(self, admission: Admission, wanted: int, at: float) -> Allowed:
        """Charges both buckets for what passes, and nothing for what does not."""
        limits = [(f"project:{admission.project_id}", admission.quota)]
        if admission.rate is not None:
            limits.append((f"key:{admission.key_id}", admission.rate))
        held = [(self._filled(name, limit, at), limit) for name, limit in limits if limit.per_s > 0]
        count = min([wanted, *(int(bucket.tokens) for bucket, _ in held)])
        for bucket, _ in held:
            bucket.tokens -= count
        if count == wanted:
            return Allowed(count)
        return Allowed(count, max(self._wait_s(bucket, limit) for bucket, limit in held))

    def _filled(self, name: str, limit: Quota, at: float) -> Bucket:
        most = max(1.0, limit.burst / self.replicas)
        bucket = self.buckets.setdefault(name, Bucket(most, at))
        bucket.tokens = min(most, bucket.tokens + max(0.0, at - bucket.at) * limit.per_s / self.replicas)
        bucket.at = at
        return bucket

    def _wait_s(self, bucket: Bucket, limit: Quota) -> int:
        missing = max(0.0, 1.0 - bucket.tokens)
        return max(1, min(LONGEST_WAIT_S, math.ceil(missing * self.replicas / limit.per_s)))
