"""Which addresses that users give may be called: public ones, by https, on few ports."""

from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

import msgspec

GLOBAL_V6: Final = ip_network("2000::/3")
REFUSED: Final = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        ),
    )
)


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator lets user-given addresses reach. `private`: also one's own network."""

    ports: frozenset[int] = frozenset({443, 8443})
    plain_http: bool = False
    private: bool = False


def refused(address: str) -> bool:
    """True when no user-given address may lead here; an IPv4 address mapped into IPv6 counts as itself."""
    ip = ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return not ip.is_global or (ip.version == 6 and ip not in GLOBAL_V6) or any(ip in net for net in REFUSED)


def wrong_url(url: str, outside: Outside) -> str | None:
    """Why a URL may not be called, before its name is resolved; None: it may, if its addresses may."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "not a URL"
    if parts.scheme != "https" and not (outside.plain_http and parts.scheme == "http"):
        return "not https"
    if not parts.hostname:
        return "no host"
    if "@" in parts.netloc:
        return "a name or password in the URL"
    if (port or (443 if parts.scheme == "https" else 80)) not in outside.ports:
        return "a port that is not allowed"
    if not outside.private and _is_literal(parts.hostname) and refused(parts.hostname):
        return "an address of a private network"
    return None


def _is_literal(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
