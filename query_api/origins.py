"""Whether a request with a cookie comes from our own pages (CSRF), and which cookie that is."""

import hmac
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class InsecureAddress(ValueError):
    """Cookies over http are for loopback only."""


def cookie_name(public_url: str) -> str:
    """`__Host-gregor` binds the cookie to this host and https; loopback http cannot have it."""
    parts = urlsplit(public_url)
    if parts.scheme == "https":
        return "__Host-gregor"
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return "gregor"
    raise InsecureAddress(f"public_url {public_url} must be https, or http on loopback")


def origin(public_url: str) -> str:
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc}"


def ours(headers: dict[str, str], own: str) -> bool:
    """Origin must be ours; without one, Sec-Fetch-Site must say same-origin. Neither: not a browser of ours."""
    given = headers.get("origin", "")
    if given:
        return given == own
    return headers.get("sec-fetch-site", "") == "same-origin"


def foreign(headers: dict[str, str], own: str) -> bool:
    """For signing in: a page of another site says so; a program says nothing and has no cookie to abuse."""
    given = headers.get("origin", "")
    if given:
        return given != own
    return headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}


def same(expected: str, given: str) -> bool:
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
