"""What a provider reports later: read with its signature, and moved forward only, by rank."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from schemas.kinds import DeliveryState


class Receipt(msgspec.Struct, frozen=True):
    """`rank`: receipts come in any order, and before our own answer; a lower one is late."""

    state: DeliveryState
    rank: int
    reason: str = ""


TWILIO: Final = {
    "accepted": (DeliveryState.ACCEPTED, 1),
    "queued": (DeliveryState.ACCEPTED, 1),
    "sending": (DeliveryState.ACCEPTED, 2),
    "sent": (DeliveryState.ACCEPTED, 3),
    "delivered": (DeliveryState.DELIVERED, 4),
    "read": (DeliveryState.READ, 5),
    "undelivered": (DeliveryState.FAILED, 4),
    "failed": (DeliveryState.FAILED, 4),
}


def twilio_signed(url: str, form: Mapping[str, str], signature: str, token: str) -> bool:
    """`X-Twilio-Signature`: HMAC-SHA1 over the public URL and the sorted fields, in base64."""
    said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    expected = base64.b64encode(hmac.digest(token.encode(), said.encode(), hashlib.sha1)).decode()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def twilio(form: Mapping[str, str]) -> Receipt | None:
    found = TWILIO.get(form.get("MessageStatus", ""))
    if found is None:
        return None
    state, rank = found
    failed = state is DeliveryState.FAILED
    code = form.get("ErrorCode", "")
    return Receipt(state, rank, f"{form['MessageStatus']} {code}".strip() if failed else "")
