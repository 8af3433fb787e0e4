"""`rushes demo`: everything on one machine, and a visitor who makes a real video with it."""

import asyncio
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rushes.actions.accounts import Registration
from rushes.actions.admin_accounts import create
from rushes.actions.catalogue import ship_models
from rushes.cli.admin import operate_on
from rushes.cli.database import reach
from rushes.cli.filling import fill as fill_account
from rushes.cli.folders import keep_secret_text, make_folder
from rushes.cli.logs import set_up_logs
from rushes.cli.stopping import run_until_stopped
from rushes.cli.visitor import Films, make_samples
from rushes.cli.web_server import address_of, open_next_listener
from rushes.cli.wiring import web_part, worker_part
from rushes.db.migrate import migrate
from rushes.domain.accounts import Role
from rushes.errors import Conflict, EmailTaken
from rushes.settings import LimitSettings, LogSettings, Settings, WorkerSettings

EMAIL = "demo@example.org"
CREDITS = 1_000_000
"""Enough for as many demos as anybody runs."""


@dataclass(slots=True, kw_only=True)
class _Demo:
    settings: Settings
    listener: socket.socket
    once: bool
    fill: bool
    films: Films | None = None

    async def visit(self, stop: asyncio.Event) -> None:
        address = address_of(self.listener)
        password = _password(self.settings)
        (self.settings.home / "address").write_text(address)
        print(f"Rushes runs on {address}", flush=True)
        folder = make_folder(self.settings.home / "videos", setting="home")
        self.films = await make_samples(address, email=EMAIL, password=password, folder=folder)
        print(
            f"\nThe video:    {self.films.video}\nEnlarged:     {self.films.enlarged}\n"
            f"With words:   {self.films.captioned}\nIts page:     {address}/jobs\n"
            f"Sign in as:   {EMAIL}\nPassword:     {password}\n",
            flush=True,
        )
        if self.fill:
            await fill_account(address, email=EMAIL, password=password)
        if self.once:
            stop.set()
        else:
            print("The site runs until Ctrl-C.", flush=True)


def demo(settings: Settings, *, once: bool, fill: bool = False) -> bool:
    """Make the video, then go on serving unless `once`; `False` if it was stopped before there was a video.

    With `fill` many jobs more are made, so that the pages have something to show.

    Raises:
        Conflict: A demo runs in the same folder.
    """
    settings = _settings_of_demo(settings)
    set_up_logs(settings.log)
    with reach(settings) as database:
        if not database.owned:
            raise Conflict(_running_already(settings.home))
        (settings.home / "address").unlink(missing_ok=True)
        with open_next_listener(settings.host, settings.port) as listener:
            run = _Demo(settings=settings, listener=listener, once=once, fill=fill)
            asyncio.run(_run(run, database.url))
    return run.films is not None


async def _run(demo: _Demo, url: str) -> None:
    await migrate(url)
    await ship_models(url)
    account = Registration(
        email=EMAIL, password=_password(demo.settings), role=Role.ADMIN, credits=demo.settings.signup_credits
    )
    # Whoever starts a demo runs the whole site.
    with suppress(EmailTaken):
        await operate_on(url, lambda database: create(database, account))
    parts = [web_part(demo.settings, url, demo.listener), worker_part(demo.settings, url)]
    await run_until_stopped(parts, when_ready=demo.visit)


def _settings_of_demo(settings: Settings) -> Settings:
    # Nothing of a real installation is touched, whatever the settings say of it.
    home = settings.home / "demo"
    log = settings.log if "level" in settings.log.model_fields_set else LogSettings(level="warning")
    return settings.model_copy(
        update={
            "database_url": None,
            "home": home,
            "storage": home / "storage",
            "secret": None,
            "secure_cookies": False,
            "signup_credits": CREDITS,
            "worker": WorkerSettings(),
            "limits": LimitSettings(),
            "log": log,
        }
    )


def _password(settings: Settings) -> str:
    return keep_secret_text(settings.home / "password", secrets.token_urlsafe(12))


def _running_already(home: Path) -> str:
    try:
        where = (home / "address").read_text()
    except OSError:
        where = "it is still starting"
    return f"A demo runs in {home} already ({where}). Use that one, or stop it first."
