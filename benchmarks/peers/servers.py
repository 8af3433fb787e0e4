"""The servers behind the peers: private, durable, on loopback, gone at the end of the block.

RabbitMQ keeps its queues and messages on disk and confirms a persistent message after its write; Redis
appends each command to its file and syncs that before it answers; PostgreSQL is the durable server that
the benchmark uses, with a database for the peer alone.
"""

import asyncio
import signal
import socket
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from benchmarks.peers.processes import check_alive, running

RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"
START_SECONDS = 60
AMQP_GREETING = b"AMQP\x00\x00\x09\x01"
LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def rabbitmq(_: str) -> AsyncGenerator[str]:
    """The URL of a RabbitMQ without plugins, with a port mapper of its own."""
    port, distribution, mapper = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="rushes-rabbitmq-", dir="/var/tmp") as folder:
        home = Path(folder)
        environment = rabbitmq_environment(home, port=port, distribution=distribution, mapper=mapper)
        (home / "enabled_plugins").write_text("[].\n")
        async with (
            running("epmd", log=home / "epmd.log", stop=signal.SIGKILL, environment=environment),
            running(
                RABBITMQ, log=home / "rabbitmq.log", stop=signal.SIGTERM, environment=environment, cwd=home
            ) as process,
        ):
            await until_answering(process, port=port, ask=AMQP_GREETING, log=home / "rabbitmq.log")
            yield f"amqp://guest:guest@{LOOPBACK}:{port}//"


@asynccontextmanager
async def redis(_: str) -> AsyncGenerator[str]:
    """The URL of a Redis that syncs its append-only file before each answer."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="rushes-redis-", dir="/var/tmp") as folder:
        log = Path(folder, "redis.log")
        command = ["redis-server", "--bind", LOOPBACK, "--port", str(port), "--dir", folder, "--save", ""]
        durable = ["--appendonly", "yes", "--appendfsync", "always"]
        async with running(*command, *durable, log=log, stop=signal.SIGTERM) as process:
            await until_answering(process, port=port, ask=b"PING\r\n", log=log)
            yield f"redis://{LOOPBACK}:{port}/0"


@asynccontextmanager
async def postgres(server_url: str) -> AsyncGenerator[str]:
    """The URL of an empty database on the benchmark's server, dropped at the end."""
    name = f"peer_{uuid4().hex}"
    driver: Any = asyncpg  # the driver brings no types
    connection = await driver.connect(server_url)
    await connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


def rabbitmq_environment(home: Path, *, port: int, distribution: int, mapper: int) -> dict[str, str]:
    """Variables that keep a RabbitMQ away from the machine's own."""
    loopback = LOOPBACK.replace(".", ",")
    return {
        "HOME": str(home),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(mapper),
        "RABBITMQ_CONF_ENV_FILE": str(home / "no-environment"),
        "RABBITMQ_CONFIG_FILE": str(home / "no-configuration"),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_LOG_BASE": str(home),
        "RABBITMQ_MNESIA_BASE": str(home),
        "RABBITMQ_NODENAME": f"peer{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_PID_FILE": str(home / "rabbitmq.pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{{loopback}}}",
    }


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on."""
    listeners = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


async def until_answering(process: Process, *, port: int, ask: bytes, log: Path) -> None:
    """Wait until the server answers a greeting."""
    async with asyncio.timeout(START_SECONDS):
        while not await answers(port, ask):
            check_alive(process, log)
            await asyncio.sleep(0.05)


async def answers(port: int, ask: bytes) -> bool:
    """Whether a server on the port says anything to a greeting."""
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    try:
        writer.write(ask)
        return bool(await reader.read(1))
    except OSError:
        return False
    finally:
        writer.close()
