import signal
from pathlib import Path

import av
import httpx
import pytest

import rushes.samples
from tests.cli.conftest import Run, Start
from tests.cli.support import get, post, wait_until_gone

pytestmark = pytest.mark.slow

VIDEO = r"The video: +(\S.*)"
SAMPLE = Path(rushes.samples.__file__).with_name("motion.mp4")
ADDRESS = r"Rushes runs on (\S+)"


def video_of(output: str) -> Path:
    line = next(line for line in output.splitlines() if line.startswith("The video:"))
    return Path(line.removeprefix("The video:").strip())


def decoded_seconds(video: Path) -> float:
    with av.open(video) as container:
        stream = container.streams.video[0]
        assert stream.average_rate
        return float(sum(1 for _ in container.decode(stream)) / stream.average_rate)


def test_demo_makes_a_playable_video(run: Run, home: Path) -> None:
    ended = run("demo", "--once")

    assert ended.returncode == 0, ended.stderr
    video = video_of(ended.stdout)
    assert video.is_relative_to(home / "demo")
    with av.open(video) as container:
        picture = container.streams.video[0].codec_context
        assert (picture.name, min(picture.width, picture.height)) == ("h264", 480)
    assert decoded_seconds(video) == pytest.approx(decoded_seconds(SAMPLE), abs=0.1)


def test_second_demo_in_the_same_folder_makes_another_video(run: Run) -> None:
    first = run("demo", "--once")

    second = run("demo", "--once")

    assert second.returncode == 0, second.stderr
    assert video_of(first.stdout).is_file()
    assert video_of(second.stdout) != video_of(first.stdout)


def test_demo_goes_on_serving_and_its_user_can_sign_in(start: Start) -> None:
    demo = start("demo")
    address = demo.read_until(ADDRESS)[1]
    email = demo.read_until(r"Sign in as: +(\S+)")[1]
    password = demo.read_until(r"Password: +(\S+)")[1]

    answer = post(f"{address}/api/v1/auth/login", {"email": email, "password": password})

    assert answer.status_code == httpx.codes.OK
    assert demo.end(signal.SIGINT) == 0


def test_demo_says_where_another_demo_of_the_folder_runs(start: Start, run: Run) -> None:
    first = start("demo")
    address = first.read_until(ADDRESS)[1]
    first.read_until(VIDEO)

    second = run("demo", "--once")

    assert second.returncode == 1
    assert f"already ({address})" in second.stderr


def test_demo_takes_the_next_port_if_its_own_is_taken(start: Start, run: Run) -> None:
    taken = httpx.URL(start("up").read_until(r"ready: (\S+)")[1]).port

    demo = start("demo", "--port", str(taken))

    assert httpx.URL(demo.read_until(ADDRESS)[1]).port != taken
    demo.read_until(VIDEO)


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


def test_demo_touches_nothing_of_the_installation(run: Run, home: Path) -> None:
    ended = run("demo", "--once", DATABASE_URL="postgresql://ada@127.0.0.1:1/rushes", WORKER_LANES="gpu")

    assert ended.returncode == 0, ended.stderr
    assert [path.name for path in home.iterdir()] == ["demo"]


def test_page_of_the_demo_answers(start: Start) -> None:
    demo = start("demo")
    demo.read_until(VIDEO)

    page = demo.read_until(r"Its page: +(\S+)")[1]

    assert get(page).status_code in {httpx.codes.OK, httpx.codes.SEE_OTHER}
