"""Where a request comes from: the peer's address, or what a trusted proxy says it is."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from starlette.datastructures import Headers

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

UNKNOWN = "unknown"
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;,"\s]*))', re.IGNORECASE)
_PORT = re.compile(r"^(?:\[([0-9a-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$", re.IGNORECASE)
# A provider gives a household a /64: counting single addresses would be no limit at all.
_IPV6_PREFIX = 64


class TrustedProxies:
    """The proxies whose `Forwarded` and `X-Forwarded-For` headers are believed.

    Raises `ValueError` for what is neither an address nor a network.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(n) for n in networks)

    def client(self, peer: str | None, headers: Headers) -> str:
        """The client's address for counting: IPv6 by its /64, `unknown` without a peer.

        The hops are read from the nearest one outwards up to the first that isn't trusted.
        Where a proxy passed both headers on and they differ, one is the client's invention:
        then the proxy itself counts.
        """
        near = _ip(peer or "")
        if near is None:
            return UNKNOWN
        chains = [
            chain
            for chain in (
                _forwarded(headers.getlist("forwarded")),
                [part.strip() for value in headers.getlist("x-forwarded-for")
                 for part in value.split(",")],
            )
            if chain
        ]  # fmt: skip
        if not chains or not self._trusts(near):
            return counted(near)
        found = {self._outermost(near, chain) for chain in chains}
        return counted(found.pop() if len(found) == 1 else near)

    def _outermost(self, near: Ip, chain: list[str]) -> Ip:
        for text in reversed(chain):
            address = _ip(text)
            if address is None:
                return near
            near = address
            if not self._trusts(near):
                return near
        return near

    def _trusts(self, address: Ip) -> bool:
        return any(
            address.version == network.version and address in network for network in self._networks
        )


def counted(address: Ip) -> str:
    """The form of an address that limits are counted by."""
    if isinstance(address, ipaddress.IPv6Address):
        network = ipaddress.ip_network((address, _IPV6_PREFIX), strict=False)
        return str(network)
    return str(address)


def _forwarded(values: list[str]) -> list[str]:
    hops = []
    for value in values:
        for element in value.split(","):
            found = _FOR.search(element)
            hops.append((found.group(1) or found.group(2) or "") if found else "")
    return hops


def _ip(text: str) -> Ip | None:
    port = _PORT.match(text)
    try:
        address = ipaddress.ip_address((port.group(1) or port.group(2)) if port else text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or ipaddress.IPv6Address(int(address))
    return address
