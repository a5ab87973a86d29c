import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.http.guard import UrlRefused, check_url, is_loopback, is_public, shown, shown_text

HOSTS = frozenset({"files.example", "www.files.example"})


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example/a.pdf",
        "http://files.example/",
        "https://www.files.example:443/x?y=1",
        "http://files.example:80",
        "HTTPS://FILES.example/a",
    ],
)
def test_plain_http_to_a_named_host_is_allowed(url):
    check_url(httpx2.URL(url), HOSTS)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://files.example/a", "only http and https"),
        ("gopher://files.example/a", "only http and https"),
        ("data:text/plain,hello", "only http and https"),
        ("//files.example/a", "only http and https"),
        ("/a", "only http and https"),
        ("https://user@files.example/a", "user name"),
        ("https://user:secret@files.example/a", "user name"),
        ("http://files.example@127.0.0.1/", "user name"),
        ("http://127.0.0.1#@files.example", "127.0.0.1 is none of"),
        ("http://127.0.0.1/?@files.example", "127.0.0.1 is none of"),
        ("https://files.example:6379/", "port 6379"),
        ("https://files.example:5432/", "port 5432"),
        ("http://", "no host"),
        ("https://files.example./", "is none of"),
        ("https://sub.files.example/", "is none of"),
        ("https://files.example.evil.example/", "is none of"),
        ("https://evilfiles.example/", "is none of"),
        ("http://localhost/", "is none of"),
        ("http://127.1/", "is none of"),
        ("http://2130706433/", "is none of"),
        ("http://0x7f000001/", "is none of"),
        ("http://0/", "is none of"),
        ("http://127。0。0。1/", "is none of"),
        ("http://[::1]/", "is none of"),
        ("http://[::ffff:127.0.0.1]/", "is none of"),
        ("http://169.254.169.254/latest/meta-data", "is none of"),
        ("http://bücher.example/", "is none of"),
    ],
)
def test_anything_else_is_refused_with_the_reason(url, why):
    with pytest.raises(UrlRefused, match=why):
        check_url(httpx2.URL(url), HOSTS)


def test_a_refusal_shows_no_secret():
    with pytest.raises(UrlRefused) as caught:
        check_url(httpx2.URL("https://user:canary@evil.example/a?token=canary#canary"), HOSTS)
    assert "canary" not in str(caught.value)
    assert "https://evil.example/a" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://u:p@host/a?b=c#d", "https://host/a"),
        ("not an address?key=1", "not an address"),
        ("x" * 300, "x" * 200),
    ],
)
def test_text_that_is_no_url_is_shown_without_secrets(text, expected):
    assert shown_text(text) == expected


def test_a_url_is_shown_without_its_query():
    assert shown(httpx2.URL("https://host:8443/a/b?key=1#x")) == "https://host:8443/a/b"


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "104.18.0.1",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
    ],
)
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to refuse, not to bind
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_everybodys_are_refused(address):
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_like_the_address_it_maps(address):
    assert is_public(f"::ffff:{address}") == is_public(str(address))


@given(st.ip_addresses(v=4))
def test_an_address_inside_a_6to4_or_nat64_address_never_makes_it_public(address):
    high, low = f"{int(address) >> 16:x}", f"{int(address) & 0xFFFF:x}"
    assert not is_public(f"2002:{high}:{low}::1")
    assert not is_public(f"64:ff9b::{high}:{low}")
    assert not is_public(f"::{address}")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("8.8.8.8", False),
    ],
)
def test_loopback_is_this_machine_only(address, expected):
    assert is_loopback(address) is expected
