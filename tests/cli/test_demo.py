import re
import signal
from pathlib import Path

import av
import httpx
import pytest

import rushes.samples
from tests.cli.conftest import Run, Start
from tests.cli.support import Site, get, post, wait_until_gone

pytestmark = pytest.mark.slow

SAMPLE = Path(rushes.samples.__file__).with_name("motion.mp4")
ADDRESS = r"Rushes runs on (\S+)"


def found_in(output: str, pattern: str) -> str:
    found = re.search(pattern, output)
    assert found, output
    return found[1]


def video_of(output: str) -> Path:
    return Path(found_in(output, r"The video: +(\S.*)"))


def decoded_seconds(video: Path) -> float:
    with av.open(video) as container:
        stream = container.streams.video[0]
        assert stream.average_rate
        return float(sum(1 for _ in container.decode(stream)) / stream.average_rate)


def test_demo_makes_a_playable_video(demo: Site) -> None:
    video = video_of(demo.command.output)

    assert video.is_relative_to(demo.home / "demo")
    with av.open(video) as container:
        picture = container.streams.video[0].codec_context
        assert (picture.name, min(picture.width, picture.height)) == ("h264", 480)
    assert decoded_seconds(video) == pytest.approx(decoded_seconds(SAMPLE), abs=0.1)


def test_demo_goes_on_from_its_video(demo: Site) -> None:
    enlarged, captioned = (
        Path(found_in(demo.command.output, pattern))
        for pattern in (r"Enlarged: +(\S.*)", r"With words: +(\S.*)")
    )

    with av.open(enlarged) as larger, av.open(captioned) as last:
        sizes = [(each.streams.video[0].width, each.streams.video[0].height) for each in (larger, last)]
    assert sizes == [(1708, 960)] * 2
    assert decoded_seconds(captioned) == pytest.approx(decoded_seconds(SAMPLE), abs=0.1)


def test_demo_shows_its_page_to_the_user_that_it_names(demo: Site) -> None:
    output = demo.command.output
    email, password, page = (
        found_in(output, pattern)
        for pattern in (r"Sign in as: +(\S+)", r"Password: +(\S+)", r"Its page: +(\S+)")
    )

    login = post(f"{demo.address}/api/v1/auth/login", {"email": email, "password": password})

    assert get(page, token=login.json()["token"]).status_code == httpx.codes.OK


def test_demo_says_where_another_demo_of_the_folder_runs(demo: Site, run: Run) -> None:
    ended = run("demo", "--once", HOME=str(demo.home))

    assert ended.returncode == 1
    assert f"already ({demo.address})" in ended.stderr


def test_demo_takes_the_next_port_if_its_own_is_taken(demo: Site, start: Start) -> None:
    taken = httpx.URL(demo.address).port

    other = start("demo", "--port", str(taken))

    assert httpx.URL(other.read_until(ADDRESS)[1]).port != taken


def test_demo_once_ends_by_itself_and_can_be_repeated(run: Run, home: Path) -> None:
    nowhere = "postgresql://ada@127.0.0.1:1/rushes"

    first = run("demo", "--once", DATABASE_URL=nowhere, WORKER_LANES="gpu")
    second = run("demo", "--once", DATABASE_URL=nowhere, WORKER_LANES="gpu")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert video_of(first.stdout) != video_of(second.stdout)
    assert [path.name for path in home.iterdir()] == ["demo"], "it touches nothing of an installation"


def test_demo_that_is_stopped_in_the_middle_says_so_by_its_status(start: Start) -> None:
    demo = start("demo")
    demo.read_until("starting|moving")
    processes = demo.tree()

    status = demo.end(signal.SIGINT)

    assert status == 130
    wait_until_gone(processes)


def test_demo_that_was_killed_in_the_middle_leaves_no_process_and_runs_again(start: Start, run: Run) -> None:
    demo = start("demo")
    demo.read_until("moving")
    processes = demo.tree()

    demo.end(signal.SIGKILL)

    wait_until_gone(processes)
    assert run("demo", "--once").returncode == 0
