"""Whose address a request comes from: the socket's, unless that is a proxy we were told to trust."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]


def networks(text: str) -> Networks:
    """Of a comma separated setting; ValueError when one of them is no address."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def peer_of(socket_address: str, forwarded: bytes, trusted: Networks) -> str:
    """The last address of X-Forwarded-For that is no trusted proxy's own."""
    if not trusted or not forwarded or not _inside(socket_address, trusted):
        return socket_address
    for part in reversed(forwarded.decode("latin-1").split(",")):
        word = part.strip().strip("[]")
        if not _inside(word, trusted):
            return word if _is_address(word) else socket_address
    return socket_address


def _inside(text: str, found: Networks) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in found)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
