"""Which servers may be called: the base address as text, and every address that its name leads to."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.reach.addresses import NEVER, may_reach, network
from cdshooks.reach.connect import Guard, look_up
from cdshooks.reach.failure import Failure, Kind
from cdshooks.reach.urls import base_url, origin, server_of

INSIDE = (ip_network("10.20.0.0/16"), ip_network("fd12::/48"))


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("https://ehr.example", "https://ehr.example"),
        ("https://EHR.example:443/fhir/R4/", "https://ehr.example/fhir/R4"),
        ("https://ehr.example.:8443", "https://ehr.example:8443"),
        ("http://127.0.0.1:80/fhir", "http://127.0.0.1/fhir"),
        ("https://[2001:DB8::1]:8443/fhir", "https://[2001:db8::1]:8443/fhir"),
        ("https://1.ehr2.example3/fhir", "https://1.ehr2.example3/fhir"),
    ],
)
def test_a_base_address_has_one_spelling(text, base):
    assert base_url(text) == base == base_url(base)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("ehr.example/fhir", "begins with https://"), ("ftp://ehr.example", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"), ("https:///fhir", "name of a host"),
        ("https://user:secret@ehr.example", "without a user's name"), ("https://ehr.example@evil.example", "without a user's name"),
        ("https://ehr.example:0/", "port"), ("https://ehr.example:65536/", "port"), ("https://ehr.example:http", "port"),
        ("https://ehr.example:-1", "port"), ("https://ehr.example?x=1", "without '?'"), ("https://ehr.example/fhir#x", "without '?'"),
        ("https://ehr.example/a/../b", "without '.'"), ("https://ehr.example\\@evil.example", "plain characters"),
        ("https://ehr.example/ fhir", "plain characters"), ("https://ehr.example/\r\nX: y", "plain characters"),
        ("https://ehr.exämple", "plain characters"), ("", "plain characters"), ("https://[::1", "such as"),
        ("https://[::1%25eth0]/", "name of a host"),
        ("http://127.1/", "written out"), ("http://0x7f.1/", "written out"), ("http://2130706433/", "written out"),
        ("http://0177.0.0.1/", "written out"), ("http://127.0.0.1.1/", "written out"), ("http://0x7f000001", "written out"),
    ],
)  # fmt: skip
def test_what_is_no_plain_base_address_is_refused_with_what_to_do(text, advice):
    with pytest.raises(ValueError, match=r"give|write") as refusal:
        base_url(text)
    assert advice.replace("written out", "address of the host out") in str(refusal.value)
    assert "secret" not in str(refusal.value)


@given(st.text(max_size=60) | st.from_regex(r"https?://[!-~]{0,50}", fullmatch=True))
def test_any_text_is_one_base_address_or_is_refused(text):
    try:
        base = base_url(text)
    except ValueError:
        return
    assert base_url(base) == base
    assert origin(base) == origin(text)
    assert server_of(base).startswith(("http://", "https://"))


def test_an_origin_tells_hosts_ports_and_schemes_apart_and_nothing_else():
    home = origin("https://ehr.example/fhir")
    assert home == origin("https://EHR.example:443/other?_getpages=1#x")
    others = ["http://ehr.example/fhir", "https://ehr.example:8443/fhir", "https://ehr.example.evil.example/fhir", "https://ehr2.example/fhir"]
    assert [url for url in others if origin(url) == home] == []


def test_a_server_is_named_without_its_path():
    assert server_of("https://ehr.example/fhir/Patient/123?x=1") == "https://ehr.example:443"


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "10.20.1.1", "::ffff:10.20.1.1", "fd12::7"])
def test_public_addresses_and_opened_networks_may_be_reached(address):
    assert may_reach(address, "https", INSIDE)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.7", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.0.1",
        "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "2002:7f00:1::",
        "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fc00::1", "127.0.0.1", "127.8.8.8", "::1", "::", "0.0.0.0", "0.1.2.3",
        "224.0.0.1", "255.255.255.255", "240.0.0.1", "ff02::1", "198.18.0.1", "192.0.2.1", "168.63.129.16", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_other_address_may_be_reached(address):
    assert not may_reach(address, "https", INSIDE)
    loopback = address.startswith("127.") or address in ("::1", "2002:7f00:1::")
    assert may_reach(address, "http", INSIDE) == loopback


def test_plain_http_reaches_this_machine_only():
    assert may_reach("127.0.0.1", "http")
    assert may_reach("::1", "http")
    assert not may_reach("8.8.8.8", "http")
    assert not may_reach("10.20.1.1", "http", INSIDE)


EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@given(st.sampled_from([n for n in NEVER if n.version == 4]), st.integers(0, 2**32 - 1), st.sampled_from(["{}", "::ffff:{}", "64:ff9b::{}"]))
def test_no_setting_opens_the_metadata_of_the_machine(never, number, wrapped):
    address = IPv4Address(int(never.network_address) | (number & int(never.hostmask)))
    assert not may_reach(wrapped.format(address), "https", EVERYTHING)


@given(st.integers(0, 2**128 - 1).map(IPv6Address) | st.integers(0, 2**32 - 1).map(IPv4Address))
def test_every_address_gets_an_answer(address):
    assert may_reach(str(address), "https", EVERYTHING) in (True, False)


@pytest.mark.parametrize(("text", "advice"), [("ehr.example", "such as"), ("10.0.0.1/8", "such as"), ("169.254.0.0/16", "never"), ("fe80::/64", "never")])
def test_a_network_that_cannot_be_opened_is_refused(text, advice):
    with pytest.raises(ValueError, match=advice):
        network(text)


def guard(*addresses, networks=INSIDE) -> Guard:
    return Guard(networks, lambda host, port: [(socket.AF_INET, (address, port)) for address in addresses])


@pytest.mark.parametrize("addresses", [["169.254.169.254"], ["8.8.8.8", "10.0.0.7"], ["::ffff:169.254.169.254"], []])
def test_a_name_that_leads_to_one_forbidden_address_is_not_called_at_all(addresses):
    with pytest.raises(Failure) as refusal:
        guard(*addresses).addresses("https", "ehr.example", 443)
    assert refusal.value.kind is Kind.ADDRESS


def test_each_form_of_a_numeric_host_is_judged_by_where_it_leads():
    """What the resolver of the system makes of 127.1 and its kin."""
    for host in ("127.1", "0x7f.1", "2130706433", "::ffff:127.0.0.1"):
        with pytest.raises(Failure) as refusal:
            Guard((), look_up).addresses("https", host, 443)
        assert refusal.value.kind is Kind.ADDRESS


@pytest.mark.parametrize("fault", [socket.gaierror("no such name"), UnicodeError("label too long")])
def test_a_name_that_leads_nowhere_is_a_server_that_cannot_be_reached(fault):
    def resolve(host, port):
        raise fault

    with pytest.raises(Failure) as refusal:
        Guard((), resolve).connect("https", "ehr.example", 443, 1)
    assert (refusal.value.kind, refusal.value.__cause__) == (Kind.UNREACHABLE, None)
