"""The pages of administrators: who sees them, and what they show."""

import re
from uuid import uuid4

import httpx
import pytest

from rushes.db.pool import Database
from rushes.domain.jobs import JobStatus
from rushes.web.pages.admin.access import TABS
from tests.factories import claim_one, complete, make_bare_job, make_output, retry_or_fail
from tests.web.admins import make_admin, patch
from tests.web.people import Person, make_queued_job
from tests.web.test_admin_lanes import start_worker

PATHS = [tab.path for tab in TABS]
ADD_USERS = """
    INSERT INTO users (id, email, password_hash) SELECT gen_random_uuid(), 'crowd' || n || '@example.org', '*'
    FROM generate_series(1, 60) n
"""


@pytest.fixture
async def admin(owner: Database, client: httpx.AsyncClient) -> Person:
    return await make_admin(owner, client)


async def older(person: Person, page: str) -> str:
    """The page that the link to older entries leads to."""
    found = re.search(r'class="pager"[^>]*><a class="button" href="([^"]+)"', page)
    assert found is not None
    return (await person.visit(found[1].replace("&amp;", "&"))).text


@pytest.mark.parametrize("path", PATHS)
async def test_an_administrator_sees_each_page(admin: Person, path: str) -> None:
    answer = await admin.visit(path)

    assert answer.status_code == 200
    assert f'<a href="{path}" aria-current="page">' in answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_a_user_is_denied_each_page(ada: Person, path: str) -> None:
    answer = await ada.visit(path)

    assert answer.status_code == 403
    assert "Only administrators may do this." in answer.text


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_is_asked_to_sign_in_first(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2Fadmin")


async def test_the_way_to_them_is_shown_to_administrators_alone(admin: Person, ada: Person) -> None:
    assert 'href="/admin"' in (await admin.visit("/jobs")).text
    assert 'href="/admin"' not in (await ada.visit("/jobs")).text


async def test_the_dashboard_counts_what_waits_runs_and_wants_a_review(
    owner: Database, work: Database, admin: Person, ada: Person, bob: Person
) -> None:
    await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")
    for person in (ada, bob):
        await make_queued_job(owner, person)

    page = (await admin.visit("/admin")).text

    figures = dict(re.findall(r'data-part="([^"]+)"><dt>[^<]+</dt><dd><a href="[^"]+">([^<]+)</a>', page))
    assert figures["Queued"] == "2"
    assert figures["Failure rate"] == "0.0%"
    assert figures["To review"] == "1"
    assert 'aria-label="Queue depth: now 2, at most 2."' in page
    assert 'aria-label="Finished per hour: 1 completed, 0 failed, 0 cancelled."' in page


async def test_a_dashboard_of_nothing_says_so(admin: Person) -> None:
    page = (await admin.visit("/admin")).text

    assert 'aria-label="Wait p95: nothing yet."' in page
    assert "No job was completed in this time." in page
    assert ">–</a>" in page


@pytest.mark.parametrize(
    ("window", "words", "each", "steps"),
    [
        ("1h", "Last hour", "5 minutes", 12),
        ("24h", "Last 24 hours", "hour", 24),
        ("7d", "Last 7 days", "6 hours", 28),
        ("30d", "Last 30 days", "day", 30),
    ],
)
async def test_the_dashboard_looks_as_far_back_as_is_wanted(
    admin: Person, window: str, words: str, each: str, steps: int
) -> None:
    page = (await admin.visit(f"/admin?range={window}")).text

    assert f'href="/admin?range={window}" aria-current="true"' in page
    assert words in page
    assert f"Finished per {each}" in page
    # Three charts over time, each with a cell and a row of its table for each step.
    assert page.count('class="cell"') == 3 * steps
    assert page.count("<tbody>") == 3


async def test_an_unknown_range_is_refused(admin: Person) -> None:
    assert (await admin.visit("/admin?range=2h")).status_code == 422


async def test_nothing_is_styled_within_a_page(admin: Person) -> None:
    page = (await admin.visit("/admin")).text

    assert "style=" not in page
    assert "<script>" not in page


async def test_lanes_show_what_waits_and_serves(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    await make_queued_job(owner, ada)
    await start_worker(work)

    page = (await admin.visit("/admin/lanes")).text

    assert 'data-part="queued">1<' in page
    assert 'data-part="slots">2<' in page
    assert "Open" in page


async def test_a_lane_that_nobody_serves_says_so(admin: Person) -> None:
    assert "No worker" in (await admin.visit("/admin/lanes")).text


async def test_workers_show_when_they_were_heard_of(work: Database, admin: Person) -> None:
    await start_worker(work)

    page = (await admin.visit("/admin/workers")).text

    assert re.search(
        r'data-part="heartbeat">\s*<time datetime="[^"]+" title="[^"]+ UTC">just now</time>', page
    )
    assert "box-1<small>box, process 1</small>" in page


async def test_the_jobs_of_all_are_listed(owner: Database, admin: Person, ada: Person, bob: Person) -> None:
    for person, prompt in ((ada, "A <fox>"), (bob, "A hen")):
        await make_queued_job(owner, person, prompt=prompt)

    page = (await admin.visit("/admin/jobs")).text

    assert "A &lt;fox&gt;" in page
    assert "A hen" in page
    assert f"{ada.viewer.user_id}@example.org" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=queued&type=&model=&user=", True),
        ("status=active", True),
        ("status=failed", False),
        ("type=base", True),
        ("type=image", False),
        ("model=motion", True),
        ("model=other", False),
        ("user=nobody@example.org", False),
        ("user=00000000-0000-4000-8000-000000000000", False),
    ],
)
async def test_jobs_are_filtered(
    owner: Database, admin: Person, ada: Person, query: str, *, found: bool
) -> None:
    await make_queued_job(owner, ada, prompt="A fox")

    page = (await admin.visit(f"/admin/jobs?{query}")).text

    assert ("A fox" in page) is found
    assert ("No job is like that" in page) is not found


async def test_jobs_are_found_by_the_address_of_their_owner(
    owner: Database, admin: Person, ada: Person, bob: Person
) -> None:
    for person, prompt in ((ada, "A fox"), (bob, "A hen")):
        await make_queued_job(owner, person, prompt=prompt)

    page = (await admin.visit(f"/admin/jobs?user={ada.viewer.user_id}@EXAMPLE.org")).text

    assert "A fox" in page
    assert "A hen" not in page


async def test_older_jobs_keep_the_filter(owner: Database, admin: Person, ada: Person) -> None:
    await make_bare_job(owner, ada.viewer, JobStatus.PENDING)
    async with owner.transaction() as tx:
        await tx.execute(
            "INSERT INTO jobs (id, user_id, job_type, model, lane, price, watermark_applied, status, prompt) "
            "SELECT gen_random_uuid(), $1, 'base', 'motion', 'cpu', 5, true, 'pending', 'Job ' || n "
            "FROM generate_series(1, 50) n",
            ada.viewer.user_id,
        )

    first = (await admin.visit("/admin/jobs?status=pending")).text
    second = await older(admin, first)

    assert 'value="pending" selected' in second
    assert first.count('scope="row"') == 50
    assert second.count('scope="row"') == 1
    assert "Older jobs" not in second


async def test_a_job_is_shown_with_its_attempts_and_receipts(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    job = await make_queued_job(owner, ada, prompt="A fox")
    attempt = await claim_one(work)
    await retry_or_fail(
        work, attempt, error_code="engine_failed", error_message="No person.", retryable=False, log="<end>"
    )

    page = (await admin.visit(f"/admin/jobs/{job.id}")).text

    assert "No person." in page
    assert "&lt;end&gt;" in page
    assert ">release<" in page
    assert "/cancel" not in page


async def test_a_file_of_anybodys_job_is_shown(
    owner: Database, work: Database, admin: Person, ada: Person
) -> None:
    job = await make_queued_job(owner, ada)
    await complete(work, await claim_one(work), make_output(), log="")

    answer = await admin.visit(f"/admin/jobs/{job.id}/media/output")

    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/media/")
    assert (await admin.visit(f"/admin/jobs/{job.id}/media/poster")).status_code == 404


@pytest.mark.parametrize("path", ["/admin/jobs/{}", "/admin/users/{}", "/admin/workers/{}/drain"])
async def test_what_is_not_there_is_missing(admin: Person, path: str) -> None:
    assert (await admin.visit(path.format(uuid4()))).status_code == 404


async def test_an_unknown_lane_cannot_be_asked_about(admin: Person) -> None:
    assert (await admin.visit("/admin/lanes/gpu/pause")).status_code == 404


async def test_users_are_searched_and_paged(owner: Database, admin: Person, ada: Person) -> None:
    async with owner.transaction() as tx:
        await tx.execute(ADD_USERS)

    first = (await admin.visit("/admin/users?q=CROWD")).text
    second = await older(admin, first)

    assert first.count('scope="row"') == 50
    assert second.count('scope="row"') == 10
    assert str(ada.viewer.user_id) not in first + second
    assert "No address contains that" in (await admin.visit("/admin/users?q=x%40y")).text


async def test_models_show_their_price(admin: Person) -> None:
    page = (await admin.visit("/admin/models")).text

    assert "5 at 480p, 10 at 720p a second" in page
    assert "Image in motion" in page


async def test_the_audit_log_says_what_became_of_what(admin: Person) -> None:
    await patch(admin, "/lanes/cpu", {"cap": 3})

    page = (await admin.visit("/admin/audit")).text

    assert "lane.changed" in page
    assert "cap: <del>none</del> → 3" in page
    assert f"{admin.viewer.user_id}@example.org" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("action=lane.changed&actor=&target_type=&target=", True),
        ("action=user.granted", False),
        ("target_type=lane&target=cpu", True),
        ("target=gpu", False),
        ("actor=command+line", False),
    ],
)
async def test_the_audit_log_is_filtered(admin: Person, query: str, *, found: bool) -> None:
    await patch(admin, "/lanes/cpu", {"cap": 3})

    page = (await admin.visit(f"/admin/audit?{query}")).text

    assert ("→ 3" in page) is found
    assert ("No entry is like that" in page) is not found
