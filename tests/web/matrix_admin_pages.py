"""What the pages of administrators answer to whom."""

from typing import Any

from tests.web.matrix_routes import Route, at

WORKER = "0192f0c1-0000-4000-8000-00000000000a"
"""One that is in every world."""

NOBODY = "0192f0c1-0000-4000-8000-00000000000b"
"""No account has this id."""


def admin_page(method: str, path: str, admin: int = 200, **more: Any) -> Route:
    """A page for administrators alone; who is not signed in is sent to the form for that."""
    return Route(method=method, path=f"/admin{path}", owner=403, other=403, admin=admin, nobody=303, **more)


def form(**fields: str) -> dict[str, Any]:
    """A form to send."""
    return {"sent": {"data": fields}}


_CPU = {"at": {"name": "=cpu"}}
_PAINTER = {"at": {"slug": "=painter"}}
_ONE = {"at": {"worker_id": f"={WORKER}"}}

ADMIN_PAGES = [
    *(
        admin_page("GET", path)
        for path in ("", "/lanes", "/workers", "/jobs", "/users", "/models", "/reviews", "/audit")
    ),
    admin_page("GET", "/jobs", case="of the owner", at={"?": "user=$user"}),
    admin_page("GET", "/lanes/{name}/pause", **_CPU),
    admin_page("POST", "/lanes/{name}/pause", 303, **_CPU),
    admin_page("POST", "/lanes/{name}/resume", 303, **_CPU),
    admin_page("POST", "/lanes/{name}/cap", 303, **_CPU, **form(cap="")),
    admin_page("GET", "/workers/{worker_id}/drain", **_ONE),
    admin_page("POST", "/workers/{worker_id}/drain", 303, **_ONE),
    admin_page("GET", "/jobs/{job_id}", **at("job_id", "completed")),
    admin_page("GET", "/jobs/{job_id}/media/{role}", 302, at={"job_id": "completed", "role": "=output"}),
    admin_page("GET", "/jobs/{job_id}/cancel", **at("job_id", "queued")),
    admin_page("POST", "/jobs/{job_id}/cancel", 303, **at("job_id", "queued")),
    admin_page("GET", "/users/{user_id}", **at("user_id", "user")),
    admin_page(
        "POST", "/users/{user_id}/grant", 303, **at("user_id", "user"), **form(credits="1", reason="test")
    ),
    admin_page("POST", "/users/{user_id}/plan", 303, **at("user_id", "user"), **form(plan="pro")),
    admin_page("GET", "/users/{user_id}/disable", **at("user_id", "user")),
    admin_page("POST", "/users/{user_id}/enable", 303, **at("user_id", "user")),
    # Of nobody: for the matrix itself disables and enables the owner's account.
    admin_page("POST", "/users/{user_id}/disable", 404, **at("user_id", f"={NOBODY}")),
    admin_page("POST", "/models/{slug}/enable", 303, **_PAINTER),
    admin_page("POST", "/models/{slug}/disable", 303, **_PAINTER),
    admin_page("POST", "/models/{slug}/cap", 303, **_PAINTER, **form(cap="")),
    admin_page("POST", "/reviews/{job_id}", 303, **at("job_id", "completed"), **form(decision="approve")),
    admin_page("POST", "/reviews/{job_id}/reopen", 303, **at("job_id", "completed"), **form(was="pending")),
]
"""Every page under `/admin`."""
