"""Which addresses a request to another host may reach: those of the public internet, unless told more."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

_METADATA = frozenset(
    map(ip_address, ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"])
)
"""Where clouds hand their machines credentials; not all of these stand in a range that is reserved."""

_PRIVATE = tuple(
    map(
        ip_network,
        [
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
        ],
    )
)
_NOT_GLOBAL = tuple(map(ip_network, ["192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20"]))
"""Special purposes (RFC 6890, RFC 7526, RFC 9637) that older versions of `ipaddress` call global."""

_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")


def is_allowed(address: Address, *, allow_private: bool) -> bool:
    """Tell whether a request may go to an address.

    An IPv6 address that stands for an IPv4 one (mapped, RFC 4291; NAT64, RFC 6052; 6to4, RFC 3056) is judged
    as that.

    Args:
        address: Where the request would go.
        allow_private: Whether this machine and private networks may be reached too. Addresses that hand out
            a cloud's credentials, multicast, link-local and reserved ones never are.
    """
    address = _meant(address)
    if address in _METADATA:
        return False
    if any(address in network for network in _PRIVATE):
        return allow_private
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _NOT_GLOBAL)
    )


def _meant(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
