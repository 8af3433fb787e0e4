"""The commands of users, as child processes against a real site."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import pytest

from rushes.client import Rushes
from tests.cli.conftest import Run, Start
from tests.cli.support import HANG_SECONDS, Site, environment

REFERENCE = str(files("rushes.samples") / "reference.png")
MOTION = str(files("rushes.samples") / "motion.mp4")
FILES = ("--reference", REFERENCE, "--motion", MOTION)
PASSWORD = "correct horse battery"
NOBODY = str(uuid4())


@pytest.fixture(autouse=True)
def config(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the login of this test is kept."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    return folder / "config" / "rushes" / "login.json"


@pytest.fixture
def email(up: Site) -> str:
    """The address of a new account."""
    email = f"{uuid4()}@example.org"
    with Rushes(up.address, api_key="", trust_env=False) as nobody:
        nobody.register(email=email, password=PASSWORD)
    return email


@pytest.fixture
def key(up: Site, email: str) -> str:
    """An API key of the account."""
    with Rushes(up.address, api_key="", trust_env=False) as nobody:
        token = nobody.login(email=email, password=PASSWORD).token
    with Rushes(up.address, api_key=token, trust_env=False) as client:
        key = client.create_api_key("test").key
    assert key is not None
    return key


@pytest.fixture
def access(up: Site, key: str) -> dict[str, str]:
    """The settings that sign the account in."""
    return {"URL": up.address, "API_KEY": key}


def document(ended: subprocess.CompletedProcess[str]) -> Any:
    """What a command printed as JSON."""
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def on_a_terminal(arguments: list[str], *, typed: list[tuple[str, str]], folder: Path) -> tuple[int, str]:
    """Run a command on a terminal of its own: at each prompt, type an answer."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rushes", *arguments],
        stdin=child,
        stdout=child,
        stderr=child,
        cwd=folder,
        env=environment({}),
        start_new_session=True,
    )
    os.close(child)
    shown = ""
    for prompt, answer in typed:
        shown += _read_until(parent, prompt)
        os.write(parent, f"{answer}\n".encode())
    shown += _read_until(parent, None)
    os.close(parent)
    return process.wait(HANG_SECONDS), shown


def _read_until(terminal: int, text: str | None) -> str:
    shown = ""
    while text is None or text not in shown:
        ready, _, _ = select.select([terminal], [], [], HANG_SECONDS)
        assert ready, f"{text!r} never came, but {shown!r}"
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # the other end has closed
            chunk = b""
        if not chunk:
            assert text is None, f"{text!r} never came, but {shown!r}"
            return shown
        shown += chunk.decode(errors="replace")
    return shown


def test_login_asks_for_the_password_and_keeps_a_key_instead(
    up: Site, email: str, config: Path, folder: Path, run: Run
) -> None:
    status, shown = on_a_terminal(
        ["login", "--url", up.address], typed=[("Email: ", email), ("Password: ", PASSWORD)], folder=folder
    )

    assert status == 0, shown
    assert PASSWORD not in shown
    assert PASSWORD not in config.read_text()
    assert config.stat().st_mode & 0o777 == 0o600
    assert document(run("whoami", "--json"))["email"] == email
    assert run("logout").returncode == 0
    assert not config.exists()
    assert run("whoami").returncode == 3


def test_login_with_a_wrong_password_keeps_nothing(up: Site, email: str, config: Path, folder: Path) -> None:
    status, shown = on_a_terminal(
        ["login", "--url", up.address, "--email", email],
        typed=[("Password: ", "wrong one")],
        folder=folder,
    )

    assert status == 3, shown
    assert not config.exists()


def test_login_revokes_its_key_at_logout(up: Site, email: str, config: Path, folder: Path, run: Run) -> None:
    on_a_terminal(
        ["login", "--url", up.address, "--email", email], typed=[("Password: ", PASSWORD)], folder=folder
    )
    key = json.loads(config.read_text())["api_key"]
    run("logout")

    ended = run("whoami", URL=up.address, API_KEY=key)

    assert ended.returncode == 3


def test_login_takes_a_key_from_standard_input(
    up: Site, key: str, email: str, config: Path, run: Run
) -> None:
    ended = run("login", "--url", up.address, "--api-key-stdin", "--json", stdin=f"{key}\n")

    assert document(ended)["email"] == email
    assert json.loads(config.read_text())["api_key"] == key
    assert key not in ended.stdout + ended.stderr
    run("logout")
    assert run("whoami", URL=up.address, API_KEY=key).returncode == 0, "a key that was given is not revoked"


@pytest.mark.parametrize(("stdin", "says"), [("", "no API key"), ("rsk_wrong\n", "Sign in first")])
def test_login_refuses_what_is_no_key(up: Site, config: Path, run: Run, stdin: str, says: str) -> None:
    ended = run("login", "--url", up.address, "--api-key-stdin", stdin=stdin)

    assert ended.returncode == 3
    assert says in ended.stderr
    assert not config.exists()


def test_login_without_a_terminal_says_what_to_do(up: Site, run: Run) -> None:
    ended = run("login", "--url", up.address)

    assert ended.returncode == 3
    assert "--api-key-stdin" in ended.stderr


@pytest.mark.parametrize("command", [["list"], ["show", NOBODY], ["submit", "base", *FILES], ["whoami"]])
def test_who_is_not_signed_in_is_told_so(up: Site, run: Run, command: list[str]) -> None:
    ended = run(*command, "--json", URL=up.address)

    assert ended.returncode == 3
    assert "rushes login" in ended.stderr
    assert ended.stdout == ""


def test_without_a_server_the_way_to_one_is_told(run: Run) -> None:
    ended = run("list")

    assert ended.returncode == 3
    assert "RUSHES_URL" in ended.stderr


def test_server_that_is_away_has_a_status_of_its_own(run: Run) -> None:
    ended = run("list", URL="http://127.0.0.1:1", API_KEY="rsk_any")

    assert ended.returncode == 4
    assert ended.stderr.startswith("rushes: 127.0.0.1:1 cannot be reached")
    assert "--url" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["show", "watch", "cancel", "retry", "download", "delete"])
def test_absent_job_is_refused(access: dict[str, str], run: Run, command: str) -> None:
    ended = run(command, NOBODY, **access)

    assert (ended.returncode, ended.stderr) == (5, "rushes: There is no such job.\n")


def test_what_is_no_id_is_a_wrong_call(access: dict[str, str], run: Run) -> None:
    ended = run("show", "7", **access)

    assert ended.returncode == 2
    assert "no id of a job" in ended.stderr


def test_refused_file_is_named(access: dict[str, str], folder: Path, run: Run) -> None:
    wrong = folder / "portrait.png"
    wrong.write_bytes(b"no picture")

    ended = run("submit", "base", "--reference", str(wrong), "--motion", MOTION, **access)

    assert ended.returncode == 5
    assert f"This is about {wrong}." in ended.stderr.replace("\n", "")


def test_wrong_fields_are_told_one_to_a_line(access: dict[str, str], run: Run) -> None:
    ended = run("submit", "base", *FILES, "--resolution", "8k", "--steps", "1", **access)

    assert ended.returncode == 5
    assert "resolution" in ended.stderr
    assert "inference_steps" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["image", "--file", "reference"], "no ROLE=FILE"),
        (["image", "--file", "output=a.png"], "no ROLE=FILE"),
        (["image", "--option", "seed"], "no NAME=VALUE"),
        (["image", "--option", "advanced.=7"], "no NAME=VALUE"),
        (["image", "--option", "a=1", "--option", "a.b=2"], "within a value"),
        (["image", "--field", "job_type=base"], "given in another way"),
        (["image", "--file", "reference=none.png"], "no file 'none.png'"),
        (["base", "--reference", "none.png", "--motion", MOTION], "'none.png' does not exist"),
        (["upscale", "--parent", "7"], "no id of a job"),
        (["image", "-o", "none/fox.png"], "no folder 'none'"),
        (["poem"], "No such command"),
    ],
)
def test_what_cannot_be_submitted_is_a_wrong_call(
    access: dict[str, str], run: Run, arguments: list[str], says: str
) -> None:
    ended = run("submit", *arguments, **access)

    assert ended.returncode == 2
    assert says in " ".join(ended.stderr.replace("│", " ").split())


def test_other_job_types_are_submitted_by_the_names_of_the_api(access: dict[str, str], run: Run) -> None:
    ended = run(
        *("submit", "text_to_video", "--prompt", "a fox", "--priority", "11", "--orientation", "square"),
        *("--option", "seconds=0.5", "--option", "advanced.cfg_scale=9", "--option", "video_quality=ultra"),
        **access,
    )

    assert ended.returncode == 5
    refused = {line.removeprefix("rushes:").split(":")[0].strip() for line in ended.stderr.splitlines()}
    assert refused >= {"options.seconds", "options.advanced.cfg_scale", "priority", "orientation"}
    assert "options.video_quality" not in refused


def test_whatever_has_no_option_of_its_own_is_a_field(access: dict[str, str], run: Run) -> None:
    box = {"x": 0.1, "y": 0.1, "width": 0.3, "height": 0.3}
    arguments = [
        *("--json", "--seed", "7", "--option", "advanced.cfg_scale=1.5"),
        *("--option", f"reference_box={json.dumps(box)}", "--field", "metadata.order=12"),
        *("--field", "template_name=Evening"),
    ]

    made = document(run("submit", "base", *FILES, *arguments, **access))

    assert made["options"]["reference_box"] == box
    assert made["options"]["advanced"] == {"seed": 7, "inference_steps": 20, "cfg_scale": 1.5}
    assert (made["metadata"], made["template_name"]) == ({"order": 12}, "Evening")


def test_jobs_are_listed_by_type_and_prompt(access: dict[str, str], run: Run) -> None:
    prompt = f"a fox {os.urandom(4).hex()}"
    run("submit", "text_to_video", "--prompt", prompt, **access)

    found = document(run("list", "--type", "text_to_video", "--search", prompt, "--json", **access))
    others = run("list", "--type", "image", "--search", prompt, **access)

    assert [job["prompt"] for job in found] == [prompt]
    assert others.stdout == "There are no such jobs.\n"


def test_post_work_names_its_parent_and_its_files(access: dict[str, str], run: Run, folder: Path) -> None:
    (folder / "words.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHi\n")
    parent = document(run("submit", "base", *FILES, "--json", **access))["id"]

    ended = run(
        *("submit", "subtitles", "--parent", parent, "--file", "subtitles=words.srt", "--model", "motion"),
        **access,
    )

    # No model of this name makes subtitles; all else is right.
    assert ended.returncode == 5
    assert ended.stderr == "rushes: model: There is no model 'motion' for this job type.\n"


def test_models_and_account_are_shown_to_people(access: dict[str, str], run: Run, email: str) -> None:
    assert "motion" in run("models", **access).stdout
    assert email in run("whoami", **access).stdout
    assert {model["slug"] for model in document(run("models", "--json", **access))} >= {"motion"}


@pytest.mark.slow
def test_job_is_made_watched_and_downloaded_by_one_command(
    access: dict[str, str], run: Run, folder: Path
) -> None:
    ended = run("submit", "base", *FILES, "--prompt", "a fox", "--watch", "-o", "out.mp4", **access)

    assert ended.returncode == 0, ended.stderr
    assert "100 %  completed" in ended.stdout
    assert "Saved out.mp4." in ended.stdout
    with av.open(folder / "out.mp4") as container:
        assert container.streams.video[0].codec_context.name == "h264"
    (job,) = document(run("list", "--status", "completed", "--json", **access))
    assert (job["status"], job["prompt"]) == ("completed", "a fox")
    assert "a fox" in run("list", **access).stdout
    assert "completed" in run("show", job["id"], **access).stdout
    saved = document(run("download", job["id"], "-o", "again.mp4", "--json", **access))
    assert saved["bytes"] == (folder / "again.mp4").stat().st_size == (folder / "out.mp4").stat().st_size
    assert document(run("delete", job["id"], "--json", **access)) == {"id": job["id"], "deleted": True}
    assert run("show", job["id"], **access).returncode == 5


@pytest.mark.slow
def test_watch_prints_an_event_a_line_for_programs(access: dict[str, str], run: Run) -> None:
    job = document(run("submit", "base", *FILES, "--json", **access))

    ended = run("watch", job["id"], "--json", **access)

    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0
    assert lines[0]["event"] == "snapshot"
    assert (lines[-1]["event"], lines[-1]["job"]["status"]) == ("ended", "completed")
    assert run("cancel", job["id"], **access).returncode == 5


@pytest.mark.slow
def test_cancelled_job_ends_its_watch_with_1(access: dict[str, str], run: Run, start: Start) -> None:
    job = document(run("submit", "base", *FILES, "--resolution", "720p", "--json", **access))
    watch = start("watch", job["id"], **access)
    watch.read_until("%")

    cancelled = document(run("cancel", job["id"], "--json", **access))

    assert cancelled["id"] == job["id"]
    assert watch.process.wait(HANG_SECONDS) == 1
    assert "is cancelled" in watch.errors()
    assert run("retry", job["id"], **access).returncode == 5


@pytest.mark.slow
def test_ctrl_c_ends_the_watch_and_not_the_job(access: dict[str, str], run: Run, start: Start) -> None:
    job = document(run("submit", "base", *FILES, "--json", **access))
    watch = start("watch", job["id"], **access)
    watch.read_until("%")

    assert watch.end(signal.SIGINT) == 130
    assert f"rushes watch {job['id']}" in watch.errors()
    assert run("watch", job["id"], **access).returncode == 0


def test_watch_that_takes_too_long_has_a_status_of_its_own(start: Start, run: Run, database_url: str) -> None:
    from tests.cli.support import SECRET

    serve = start("serve", DATABASE_URL=database_url, SECRET=SECRET, CHECK_WAIT_SECONDS="0")
    address = serve.read_until(r"Serving: (\S+)")[1]
    who = {"email": "ada@example.org", "password": PASSWORD}
    with Rushes(address, api_key="", trust_env=False) as nobody:
        nobody.register(**who)
        token = nobody.login(**who).token
    access = {"URL": address, "API_KEY": token}
    job = document(run("submit", "base", *FILES, "--json", **access))

    ended = run("watch", job["id"], "--timeout", "0.5", **access)

    assert ended.returncode == 6
    assert "has not ended in time" in ended.stderr
