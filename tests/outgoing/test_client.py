import asyncio
import time
from pathlib import Path

import pytest

from rushes.errors import Invalid, TooLarge, Unavailable
from rushes.outgoing.client import OutgoingClient
from tests.outgoing.certificates import make_contexts
from tests.outgoing.receiver import Reply, receiving


async def post(client: OutgoingClient, url: str, *, seconds: float = 10) -> int:
    return await client.post(url, headers={"X-Test": "1"}, content=b"hello", seconds=seconds)


async def fetch(client: OutgoingClient, url: str, *, max_bytes: int = 1000, redirects: int = 3) -> bytes:
    return await client.fetch(url, seconds=10, max_bytes=max_bytes, redirects=redirects)


@pytest.mark.parametrize("status", [200, 302, 404, 503])
async def test_post_returns_the_status_of_the_answer(lenient: OutgoingClient, status: int) -> None:
    async with receiving(Reply(status=status)) as receiver:
        answered = await post(lenient, receiver.url)

        received = await receiver.next()

    assert answered == status
    assert (received.method, received.path, received.body) == ("POST", "/hooks", b"hello")
    assert received.headers["x-test"] == "1"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"


async def test_post_follows_no_redirect(lenient: OutgoingClient) -> None:
    async with receiving() as other, receiving(Reply(status=307, headers={"Location": other.url})) as first:
        answered = await post(lenient, first.url)

    assert answered == 307
    assert other.requests.empty()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "0",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
    ],
)
async def test_private_host_is_refused_in_every_spelling(strict: OutgoingClient, host: str) -> None:
    async with receiving() as receiver:
        with pytest.raises(Invalid, match="not on the public internet"):
            await post(strict, f"http://{host}:{receiver.port}/")

    assert receiver.requests.empty()


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "224.0.0.1", "0.0.0.0"])
async def test_special_host_is_refused_even_where_private_ones_are_not(
    lenient: OutgoingClient, host: str
) -> None:
    with pytest.raises(Invalid, match="not on the public internet"):
        await post(lenient, f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "unix:///var/run/docker.sock",
        "//example.org/",
        "example.org",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:password@example.org/",
        "http://example.org@127.0.0.1/",
        "http://[::1/",
        "http://example.org:99999/",
        "http://example.org:0/",
        "http://a\nb/",
    ],
)
async def test_url_that_is_none_of_the_web_is_refused(lenient: OutgoingClient, url: str) -> None:
    with pytest.raises(Invalid):
        await post(lenient, url)


async def test_unknown_host_is_unavailable(lenient: OutgoingClient) -> None:
    with pytest.raises(Unavailable, match="name is not known"):
        await post(lenient, "http://nobody.invalid/")


async def test_host_that_refuses_the_connection_is_unavailable(lenient: OutgoingClient) -> None:
    async with receiving() as receiver:
        pass

    with pytest.raises(Unavailable, match="could not be connected to"):
        await post(lenient, receiver.url)


async def test_host_that_hangs_up_is_unavailable(lenient: OutgoingClient) -> None:
    async with receiving(Reply(status=None)) as receiver:
        with pytest.raises(Unavailable, match="did not answer in HTTP"):
            await post(lenient, receiver.url)


async def test_host_that_never_answers_is_given_up(lenient: OutgoingClient) -> None:
    began = time.monotonic()

    async with receiving(Reply(gate=asyncio.Event())) as receiver:
        with pytest.raises(Unavailable, match="in time"):
            await post(lenient, receiver.url, seconds=0.2)

    assert time.monotonic() - began < 5


async def test_one_hanging_host_does_not_hold_up_another(lenient: OutgoingClient) -> None:
    gate = asyncio.Event()

    async with receiving(Reply(gate=gate)) as slow, receiving() as quick:
        waiting = asyncio.create_task(post(lenient, slow.url))
        await slow.next()
        answered = await post(lenient, quick.url)
        gate.set()

        assert answered == 200
        assert await waiting == 200


async def test_host_with_several_addresses_is_tried_at_each(lenient: OutgoingClient) -> None:
    async with receiving() as receiver:
        # Where this machine knows ::1 as localhost too, nobody listens there.
        answered = await post(lenient, f"http://localhost:{receiver.port}/")

    assert answered == 200


async def test_ipv6_host_is_named_with_its_brackets(lenient: OutgoingClient) -> None:
    async with receiving(host="::1") as receiver:
        await post(lenient, receiver.url)

        received = await receiver.next()

    assert received.headers["host"] == f"[::1]:{receiver.port}"


async def test_pinned_connection_checks_the_certificate_of_the_name(tmp_path: Path) -> None:
    server, trusting = make_contexts(tmp_path, host="localhost")
    asked: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    client = OutgoingClient(allow_private=True, ssl_context=trusting)

    async with receiving(context=server) as receiver:
        answered = await post(client, f"https://localhost:{receiver.port}/")
        with pytest.raises(Unavailable, match=r"(?i)certificate"):
            await post(client, receiver.url)

    await client.aclose()
    assert answered == 200
    assert asked[0] == "localhost"


async def test_certificate_of_nobody_known_is_refused(tmp_path: Path, lenient: OutgoingClient) -> None:
    server, _ = make_contexts(tmp_path, host="localhost")

    async with receiving(context=server) as receiver:
        with pytest.raises(Unavailable, match=r"(?i)certificate"):
            await post(lenient, f"https://localhost:{receiver.port}/")


async def test_fetch_returns_the_body(lenient: OutgoingClient) -> None:
    async with receiving(Reply(body=b"picture")) as receiver:
        body = await fetch(lenient, receiver.url)

    assert body == b"picture"


async def test_fetch_stops_at_the_limit(lenient: OutgoingClient) -> None:
    async with receiving(Reply(body=b"x" * 1001)) as receiver:
        with pytest.raises(TooLarge):
            await fetch(lenient, receiver.url, max_bytes=1000)


async def test_fetch_of_an_error_is_unavailable(lenient: OutgoingClient) -> None:
    async with receiving(Reply(status=404)) as receiver:
        with pytest.raises(Unavailable, match="404"):
            await fetch(lenient, receiver.url)


async def test_fetch_follows_a_redirect(lenient: OutgoingClient) -> None:
    async with receiving(
        Reply(status=302, headers={"Location": "/elsewhere"}), Reply(body=b"here")
    ) as receiver:
        body = await fetch(lenient, receiver.url)

        await receiver.next()
        second = await receiver.next()

    assert body == b"here"
    assert second.path == "/elsewhere"


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "file:///etc/passwd", "//[fe80::1]/", "http://user@127.0.0.1/"]
)
async def test_fetch_checks_where_a_redirect_leads(lenient: OutgoingClient, location: str) -> None:
    async with receiving(Reply(status=302, headers={"Location": location})) as receiver:
        with pytest.raises(Invalid):
            await fetch(lenient, receiver.url)


async def test_fetch_does_not_follow_for_ever(lenient: OutgoingClient) -> None:
    loop = Reply(status=302, headers={"Location": "/again"})

    async with receiving(loop, loop, loop) as receiver:
        with pytest.raises(Unavailable, match="too often"):
            await fetch(lenient, receiver.url, redirects=2)

    assert receiver.requests.qsize() == 3


async def test_fetch_does_not_leave_encryption(tmp_path: Path) -> None:
    server, trusting = make_contexts(tmp_path, host="localhost")
    client = OutgoingClient(allow_private=True, ssl_context=trusting)
    plain = Reply(status=302, headers={"Location": "http://localhost/"})

    async with receiving(plain, context=server) as receiver:
        with pytest.raises(Invalid, match="without encryption"):
            await fetch(client, f"https://localhost:{receiver.port}/")

    await client.aclose()


async def test_fetch_needs_a_place_to_be_redirected_to(lenient: OutgoingClient) -> None:
    async with receiving(Reply(status=302)) as receiver:
        with pytest.raises(Unavailable, match="to nowhere"):
            await fetch(lenient, receiver.url)


async def test_download_is_written_to_its_file(lenient: OutgoingClient, tmp_path: Path) -> None:
    async with receiving(Reply(body=b"film" * 100)) as receiver:
        await lenient.download(receiver.url, tmp_path / "film", seconds=10, max_bytes=400)

    assert (tmp_path / "film").read_bytes() == b"film" * 100


async def test_download_that_is_too_large_is_cut_off(lenient: OutgoingClient, tmp_path: Path) -> None:
    async with receiving(Reply(body=b"film" * 100)) as receiver:
        with pytest.raises(TooLarge):
            await lenient.download(receiver.url, tmp_path / "film", seconds=10, max_bytes=399)

    assert (tmp_path / "film").stat().st_size <= 399


async def test_download_goes_nowhere_private(strict: OutgoingClient, tmp_path: Path) -> None:
    async with receiving() as receiver:
        with pytest.raises(Invalid, match="public internet"):
            await strict.download(receiver.url, tmp_path / "film", seconds=10, max_bytes=1)

    assert receiver.requests.empty()


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "http://[::1]:8080/", "http://localhost", "ftp://a.example"]
)
async def test_address_that_may_not_be_reached_is_refused_unasked(strict: OutgoingClient, url: str) -> None:
    with pytest.raises(Invalid):
        await strict.require_allowed(url)


@pytest.mark.parametrize("url", ["https://93.184.215.14/hooks", "https://nowhere.invalid"])
async def test_address_that_may_be_reached_or_is_not_known_passes(strict: OutgoingClient, url: str) -> None:
    await strict.require_allowed(url)
