from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.outgoing.addresses import is_allowed

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
]
NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "0.0.0.0",
    "0.1.2.3",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::8.8.8.8",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "4000::1",
    "64:ff9b:1::1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address: str) -> None:
    assert is_allowed(ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_address_is_allowed_where_it_is_asked_for(address: str) -> None:
    allowed = [is_allowed(ip_address(address), allow_private=asked) for asked in (False, True)]

    assert allowed == [False, True]


@pytest.mark.parametrize("address", NEVER)
def test_special_address_is_never_allowed(address: str) -> None:
    allowed = [is_allowed(ip_address(address), allow_private=asked) for asked in (False, True)]

    assert allowed == [False, False]


@given(st.ip_addresses(v=4))
def test_address_means_the_same_in_every_disguise(address: IPv4Address) -> None:
    mapped = IPv6Address(0xFFFF << 32 | int(address))
    nat64 = IPv6Address(int(ip_network("64:ff9b::/96")[0]) | int(address))
    tunnelled = IPv6Address(0x2002 << 112 | int(address) << 80 | 1)

    allowed = {is_allowed(each, allow_private=False) for each in (address, mapped, nat64, tunnelled)}

    assert len(allowed) == 1


@given(st.ip_addresses())
def test_what_is_allowed_is_global(address: IPv4Address | IPv6Address) -> None:
    allowed = is_allowed(address, allow_private=False)

    assert not allowed or (address.is_global or address in ip_network("2002::/16"))
    assert not allowed or not (address.is_loopback or address.is_link_local or address.is_multicast)
