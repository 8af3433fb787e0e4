from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from rushes.db import groups, job_search, library, media, openai, projects, prompt_templates
from rushes.db.job_search import JobFilter
from rushes.db.library import LibraryFilter
from rushes.db.pool import WEB_ROLE, set_codecs
from rushes.domain.ids import UserId
from rushes.domain.jobs import JobStatus, JobType
from rushes.domain.media import AssetRole, MediaKind
from tests.db.test_plans import BIG, Explaining, known, read_whole, used_indexes

pytestmark = pytest.mark.slow

USER = UserId(known("user"))
NOW = datetime.now(UTC)
PAGE: dict[str, Any] = {"user_id": USER, "before_time": NOW, "before_id": uuid4(), "count": 20}
WANTED = {
    "jobs_type_created": JobFilter(job_type=JobType.AUDIO),
    "jobs_project": JobFilter(project_id=uuid4()),
    "jobs_group": JobFilter(group_id=uuid4()),
    "jobs_workspace_session": JobFilter(session_id=uuid4()),
    "jobs_parent": JobFilter(parent_id=uuid4()),
}
"""What is looked for, and the index that finds it."""

FAILED = frozenset({JobStatus.FAILED})
WITHIN_RANGE = {
    "model": (JobFilter(model="motion"), "jobs_user_created"),
    "prompt": (JobFilter(text="fox"), "jobs_user_created"),
    "star": (JobFilter(starred=True), "jobs_user_created"),
    "time": (JobFilter(since=NOW - timedelta(days=30), until=NOW - timedelta(days=1)), "jobs_user_created"),
    "state and prompt": (JobFilter(statuses=FAILED, text="fox"), "jobs_user_status_created"),
    "state and star": (JobFilter(statuses=FAILED, starred=True), "jobs_user_status_created"),
}
"""What is looked for, and the index whose range of one viewer is read in the order of the list."""


COUNTED = [*WANTED.values(), *(wanted for wanted, _ in WITHIN_RANGE.values())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list that the library shows, and the indexes that it may lean on."""

    name: str
    call: Callable[[Any], Awaitable[Any]]
    indexes: set[str]


LISTINGS = [
    Listing(
        name="films",
        call=lambda tx: library.list_entries(tx, MediaKind.VIDEO, LibraryFilter(), **PAGE),
        indexes={"videos_user_created"},
    ),
    Listing(
        name="starred films of a prompt",
        call=lambda tx: library.list_entries(
            tx, MediaKind.VIDEO, LibraryFilter(starred=True, text="fox"), **PAGE
        ),
        indexes={"videos_user_created"},
    ),
    Listing(
        name="what is newer than a film",
        call=lambda tx: library.list_newer(
            tx,
            [MediaKind.VIDEO],
            LibraryFilter(),
            user_id=USER,
            after_time=NOW - timedelta(days=30),
            after_id=uuid4(),
            count=21,
        ),
        indexes={"videos_user_created"},
    ),
    Listing(
        name="a workspace",
        call=lambda tx: groups.list_sets(tx, session_id=None, **PAGE),
        indexes={"jobs_user_created"},
    ),
    Listing(
        name="a session of a workspace",
        call=lambda tx: groups.list_sets(tx, session_id=uuid4(), **PAGE),
        indexes={"jobs_workspace_session"},
    ),
    Listing(
        name="a film",
        call=lambda tx: library.get_entry(tx, MediaKind.VIDEO, entry_id=known("video"), user_id=USER),
        indexes={"videos_pkey", "jobs_pkey"},
    ),
    *(
        Listing(
            name=f"jobs that make no picture, oldest first: {oldest_first}",
            call=lambda tx, oldest_first=oldest_first: openai.list_films(
                tx, user_id=USER, time=NOW, after=uuid4(), count=20, oldest_first=oldest_first
            ),
            indexes={"jobs_user_created"},
        )
        for oldest_first in (True, False)
    ),
    Listing(
        name="files for a role",
        call=lambda tx: media.list_fitting(tx, role=AssetRole.MOTION, **PAGE),
        indexes={"assets_user"},
    ),
]
SMALL = [
    Listing(
        name="a request that came before",
        call=lambda tx: openai.find_sent(
            tx, user_id=USER, fingerprint=bytes(32), age=timedelta(minutes=1), key_prefix="sent-"
        ),
        indexes={"idempotency_words"},
    ),
    Listing(name="projects", call=lambda tx: projects.list_projects(tx, **PAGE), indexes={"projects_user"}),
    Listing(
        name="templates",
        call=lambda tx: prompt_templates.list_templates(tx, **PAGE),
        indexes={"prompt_templates_user"},
    ),
    Listing(
        name="a template by its name",
        call=lambda tx: prompt_templates.get_template_by_name(tx, name="Evening", user_id=USER),
        indexes={"prompt_templates_name"},
    ),
]
"""Lists of tables that the filling leaves empty, where only to forbid the whole reading shows the index."""


class Searching(Explaining):
    """Runs what sets how the rest is planned, and plans the rest."""

    async def fetchval(self, query: str) -> Any:
        return await self.connection.fetchval(query)


@pytest.fixture
async def explaining(million_url: str) -> AsyncIterator[Searching]:
    settings = {"role": WEB_ROLE, "rushes.viewer": str(USER)}
    connection = await asyncpg.connect(million_url, server_settings=settings)
    await set_codecs(connection)
    await connection.execute("BEGIN")
    yield Searching(connection)
    await connection.close()


def is_read_by_index(explaining: Searching, indexes: set[str]) -> bool:
    """Tell whether there are plans, all lean on the indexes, and none reads a big table as a whole."""
    return bool(explaining.plans) and all(
        indexes <= used_indexes(plan) and not read_whole(plan) & (BIG | {"videos"})
        for plan in explaining.plans
    )


@pytest.mark.parametrize(("index", "wanted"), WANTED.items(), ids=WANTED)
async def test_a_narrow_search_reads_no_more_than_what_it_wants(
    explaining: Searching, index: str, wanted: JobFilter
) -> None:
    await job_search.find_jobs(explaining, wanted, **PAGE)

    assert is_read_by_index(explaining, {index})


@pytest.mark.parametrize(("wanted", "index"), WITHIN_RANGE.values(), ids=WITHIN_RANGE)
async def test_a_search_stays_within_the_viewers_range(
    explaining: Searching, wanted: JobFilter, index: str
) -> None:
    await job_search.find_jobs(explaining, wanted, **PAGE)

    assert is_read_by_index(explaining, {index})


@pytest.mark.parametrize("wanted", [JobFilter(), JobFilter(statuses=FAILED), JobFilter(text="fox")], ids=str)
async def test_what_is_newer_stays_within_the_viewers_range(explaining: Searching, wanted: JobFilter) -> None:
    await job_search.find_newer_jobs(
        explaining, wanted, user_id=USER, after_time=NOW - timedelta(days=30), after_id=uuid4(), count=21
    )

    assert is_read_by_index(explaining, set())
    assert all(used_indexes(plan) for plan in explaining.plans)


@pytest.mark.parametrize("wanted", COUNTED, ids=[*WANTED, *WITHIN_RANGE])
async def test_a_count_stays_within_an_index(explaining: Searching, wanted: JobFilter) -> None:
    await job_search.count_jobs(explaining, wanted, user_id=USER)

    assert all(used_indexes(plan) for plan in explaining.plans)
    assert is_read_by_index(explaining, set())


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
async def test_the_library_leans_on_its_indexes(explaining: Searching, listing: Listing) -> None:
    await listing.call(explaining)

    assert is_read_by_index(explaining, listing.indexes)


@pytest.mark.parametrize("listing", SMALL, ids=lambda listing: listing.name)
async def test_a_small_list_has_an_index_of_its_order(explaining: Searching, listing: Listing) -> None:
    await explaining.connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")

    await listing.call(explaining)

    assert is_read_by_index(explaining, listing.indexes)
