"""Which IP addresses may be reached: public ones, networks that were named, and over plain http this machine only."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

# Where clouds keep the keys of the machine, and what is not one host. No setting opens these.
NEVER = tuple(
    ip_network(network)
    for network in (
        "169.254.0.0/16", "fe80::/10",  # link-local: 169.254.169.254 and its kin
        "fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32",  # metadata of AWS (IPv6), Alibaba, Azure
        "0.0.0.0/8", "::/128", "224.0.0.0/4", "ff00::/8", "240.0.0.0/4",
    )
)  # fmt: skip
# IPv6 addresses that only wrap one of IPv4, in their last 32 bits.
_WRAPS = tuple(ip_network(network) for network in ("::ffff:0:0/96", "64:ff9b::/96"))
_COMPATIBLE = ip_network("::/96")


def may_reach(address: str, scheme: str, networks: Iterable[Network] = ()) -> bool:
    """May this address be spoken to with this scheme? `networks` are those that were opened beyond the public ones.

    >>> may_reach("93.184.216.34", "https"), may_reach("10.0.0.7", "https"), may_reach("127.0.0.1", "http")
    (True, False, True)
    """
    ip = _unwrapped(ip_address(address.partition("%")[0]))
    if scheme == "http":
        return ip.is_loopback
    if _in(ip, NEVER):
        return False
    return (ip.is_global and not ip.is_multicast) or _in(ip, networks)


def network(text: str) -> Network:
    """A network that may be opened; raises ValueError with what to do.

    >>> network("10.20.0.0/16")
    IPv4Network('10.20.0.0/16')
    """
    try:
        found = ip_network(text)
    except ValueError:
        raise ValueError("give networks such as 10.20.0.0/16") from None
    if any(found.version == never.version and found.subnet_of(never) for never in NEVER):
        raise ValueError("this network is never called; leave it out")
    return found


def _in(ip: IPv4Address | IPv6Address, networks: Iterable[Network]) -> bool:
    return any(ip in network for network in networks)


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one, where that is where the bytes go."""
    if ip.version == 4:
        return ip
    if ip.sixtofour or ip.teredo:
        return ip.sixtofour or ip.teredo[1]
    wraps = _in(ip, _WRAPS) or (ip in _COMPATIBLE and int(ip) > 0xFFFF)
    return IPv4Address(int(ip) & 0xFFFFFFFF) if wraps else ip
