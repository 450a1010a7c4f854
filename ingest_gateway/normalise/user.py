"""Who was affected, as far as the client says; `ident` is what their hash is made of."""

from ipaddress import ip_address
from typing import Final

from ingest_gateway.normalise.maps import mapping
from ingest_gateway.normalise.shapes import first, obj
from ingest_gateway.normalise.text import Object, Texts
from schemas.error_event import User

AUTO: Final = "{{auto}}"
OWN: Final = frozenset({"id", "username", "email", "ip_address", "data", "ip"})
DATA: Final = (10, 64, 256)


def user(event: Object, peer: str, texts: Texts) -> User | None:
    """`peer` is the address the report came from; it stands in only where the client asks for it."""
    raw = first(event, "user", "sentry.interfaces.User")
    if isinstance(raw, str | int | float) and not isinstance(raw, bool):
        return User(id=texts.take(raw, 128, "user.id"))
    given = obj(raw)
    found = User(
        id=texts.take(given.get("id"), 128, "user.id"),
        username=texts.take(given.get("username"), 128, "user.username"),
        email=texts.take(given.get("email"), 254, "user.email"),
        ip=_address(given, event, peer, texts),
        data=_data(given, texts),
    )
    return None if found == User() else found


def _data(given: Object, texts: Texts) -> dict[str, str]:
    rest: Object = {name: value for name, value in given.items() if name not in OWN}
    rest |= obj(given.get("data"))
    if not rest:
        return {}
    return mapping({name: value for name, value in rest.items() if value not in ({}, [])}, DATA, "user.data", texts)


def _address(given: Object, event: Object, peer: str, texts: Texts) -> str:
    said = first(given, "ip_address", "ip")
    if said is None:
        inferred = obj(obj(event.get("sdk")).get("settings")).get("infer_ip") == "auto"
        return peer if inferred else ""
    word = texts.word(said, 64, "user.ip").strip("[]")
    return peer if word == AUTO else address(word)


def address(text: str) -> str:
    """An IP address in its short form, or empty."""
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return ""


def ident(found: User | None) -> str:
    """The first of id, e-mail, name and address: what is counted as one person."""
    return (found.id or found.email or found.username or found.ip) if found else ""
