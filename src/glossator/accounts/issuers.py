"""External issuers as they are set: whose tokens are taken, for whom, and signed by what."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

# Signatures that only the issuer's private key can make. A shared secret (HS256) is none: whoever
# checks such a token could write one.
ALGORITHMS = (
    "EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
)  # fmt: skip
_WELL_KNOWN = "/.well-known/jwks.json"
# Issuer and subject, of the same length at most, are one index entry in Postgres.
_LONGEST_NAME, _MOST = 255, 20


@dataclass(frozen=True, slots=True)
class Issuer:
    """Somebody whose tokens are taken.

    `name` is the tokens' `iss` and `audience` their `aud`, both letter by letter;
    `algorithms` what they may be signed with; `jwks_url` where the keys are published.
    `new_users` says whether somebody seen first gets an account, None: as `GLOSSATOR_SIGNUP` says.
    """

    name: str
    audience: str
    jwks_url: str
    algorithms: frozenset[str]
    new_users: bool | None = None


def parse_issuers(text: str) -> tuple[Issuer, ...]:
    """The issuers of `GLOSSATOR_ISSUERS`, a JSON list of objects; raises `ValueError`."""
    if not text.strip():
        return ()
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError('issuers are a JSON list such as [{"issuer": "https://…"}]') from None
    if not isinstance(items, list) or len(items) > _MOST:
        raise ValueError(f"issuers are a JSON list of at most {_MOST}")
    found = tuple(_issuer(item) for item in items)
    if len({issuer.name for issuer in found}) < len(found):
        raise ValueError("an issuer is listed twice")
    return found


def _issuer(item: object) -> Issuer:
    if not isinstance(item, dict):
        raise ValueError("each issuer is a JSON object")  # noqa: TRY004  a setting's value
    unknown = set(item) - {
        "issuer", "audience", "jwks_url", "algorithms", "new_users", "plain_http"
    }  # fmt: skip
    if unknown:
        raise ValueError(f"an issuer has no field {', '.join(sorted(unknown))}")
    name = _text(item, "issuer")
    plain_http = _flag(item, "plain_http") or False
    _check_address(name, "issuer", plain_http=plain_http)
    jwks_url = _text(item, "jwks_url") if "jwks_url" in item else name.rstrip("/") + _WELL_KNOWN
    _check_address(jwks_url, "jwks_url", plain_http=plain_http)
    return Issuer(
        name=name,
        audience=_text(item, "audience"),
        jwks_url=jwks_url,
        algorithms=_algorithms(item.get("algorithms"), name),
        new_users=_flag(item, "new_users"),
    )


def _text(item: Mapping[str, Any], field: str) -> str:
    value = item.get(field)
    text = value if isinstance(value, str) else ""
    if text != text.strip() or not text.isprintable() or not 0 < len(text) <= _LONGEST_NAME:
        raise ValueError(f"each issuer needs {field}, a text without spaces around it")
    return text


def _flag(item: Mapping[str, Any], field: str) -> bool | None:
    value = item.get(field)
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"an issuer's {field} is true or false")
    return value


def _algorithms(value: object, name: str) -> frozenset[str]:
    if not isinstance(value, list) or not value:
        raise ValueError(f'{name} needs algorithms, a list such as ["RS256"]')
    wrong = [str(item) for item in value if item not in ALGORITHMS]
    if wrong:
        raise ValueError(
            f"{name} can't use {', '.join(wrong)}; algorithms are of {', '.join(ALGORITHMS)}"
        )
    return frozenset(value)


def _check_address(address: str, field: str, *, plain_http: bool) -> None:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"{field} {address} is no address") from None
    if not host or parts.scheme not in ("http", "https") or parts.username or parts.fragment:
        raise ValueError(f"{field} {address} is no address such as https://login.example")
    if parts.scheme == "http" and not (plain_http or _is_this_machine(host)):
        # Who can change what is read could sign in as anybody.
        raise ValueError(
            f'{field} {address} needs https; "plain_http": true allows a network of your own'
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
