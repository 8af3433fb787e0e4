"""The rest of what each route answers to whom: webhooks, the library, administration and the pages."""

from tests.web.matrix_admin_pages import ADMIN_PAGES, WORKER
from tests.web.matrix_create_pages import CREATE_PAGES
from tests.web.matrix_job_pages import JOB_PAGES
from tests.web.matrix_library_pages import LIBRARY_PAGES
from tests.web.matrix_routes import (
    ACCOUNT,
    FILES_ROUTES,
    JOBS,
    MODEL,
    SUBMISSIONS,
    Route,
    Visitor,
    administration,
    at,
    json,
    open_,
    own,
    owned,
    page,
)
from tests.web.matrix_settings_pages import LINK_PAGES, SETTINGS_PAGES
from tests.web.people import API

HOOK = {"url": "https://93.184.215.14/other", "events": ["job.failed"]}

WEBHOOKS = [
    own("GET", "/webhooks", is_telling=True),
    own("POST", "/webhooks", 201, **json(**HOOK)),
    *(
        owned(method, f"/webhooks/{{webhook_id}}{rest}", status, **at("webhook_id", "webhook"), **more)
        for method, rest, status, more in (
            ("GET", "", 200, {}),
            ("PATCH", "", 200, json(description="mine")),
            ("DELETE", "", 204, {}),
            ("POST", "/rotate-secret", 200, {}),
            ("POST", "/test", 202, {}),
            ("GET", "/deliveries", 200, {"is_telling": True}),
        )
    ),
    owned("GET", "/deliveries/{delivery_id}", **at("delivery_id", "delivery")),
    owned("POST", "/deliveries/{delivery_id}/redeliver", 202, **at("delivery_id", "delivery")),
    open_(
        "POST",
        f"{API}/callbacks/{{token}}",
        202,
        **at("token", "token"),
        **json(status="progress", progress=50),
        forged={"token": "forged_token"},
        # The token says so itself.
        shows=("processing",),
        others={Visitor.FORGED: 403},
    ),
]

LIBRARY = [
    *(
        route
        for kind in ("video", "image")
        for route in (
            own("GET", f"/{kind}s", is_telling=True),
            own("GET", f"/{kind}s", case="of the owner's project", at={"?": "project=$project"}),
            owned("GET", f"/{kind}s/{{{kind}_id}}", **at(f"{kind}_id", kind)),
            owned("PATCH", f"/{kind}s/{{{kind}_id}}", **at(f"{kind}_id", kind), **json(starred=True)),
            owned("DELETE", f"/{kind}s/{{{kind}_id}}", 204, **at(f"{kind}_id", kind)),
        )
    ),
    *(
        route
        for path, name, thing, body in (
            ("/projects", "project_id", "project", {"name": "Mine"}),
            ("/sessions", "session_id", "desk", {"name": "Mine"}),
            ("/prompt-templates", "template_id", "template", {"name": "Mine", "body": "{prompt} alone"}),
        )
        for route in (
            own("POST", path, 201, **json(**body)),
            own("GET", path, is_telling=True),
            owned("GET", f"{path}/{{{name}}}", **at(name, thing)),
            owned("PATCH", f"{path}/{{{name}}}", **at(name, thing), **json(**body)),
            owned("DELETE", f"{path}/{{{name}}}", 204, **at(name, thing)),
        )
    ),
    owned("GET", "/groups/{group_id}", **at("group_id", "group")),
    owned(
        "PATCH",
        "/jobs/{job_id}",
        **at("job_id", "queued"),
        **json(project_id="$project"),
        case="into a project",
    ),
    owned("POST", "/prompts/enhance", **json(prompt="a fox", template_id="$template"), case="by id"),
    owned("POST", "/prompts/enhance", **json(prompt="a fox", template_name="$template_name"), case="by name"),
    own("POST", "/prompts/enhance", **json(prompt="a fox")),
]

OPENAI = [
    Route(method="GET", path="/v1/models", other=200),
    Route(method="GET", path="/v1/models/{model}", other=200, at={"model": "=painter"}),
    Route(method="GET", path="/v1/videos", other=200, is_telling=True),
    Route(method="GET", path="/v1/videos", case="after the owner's", at={"?": "after=$completed"}, other=400),
    Route(method="GET", path="/v1/videos/{video}", **at("video", "completed")),
    Route(method="GET", path="/v1/videos/{video}", **at("video", "failed"), case="that failed"),
    Route(method="GET", path="/v1/videos/{video}/content", owner=302, **at("video", "completed")),
    Route(method="DELETE", path="/v1/videos/{video}", **at("video", "completed")),
    Route(
        method="POST", path="/v1/videos/{video}/remix", **at("video", "completed"), **json(prompt="A fox.")
    ),
    Route(
        method="POST",
        path="/v1/videos",
        other=400,
        **json(prompt="A fox.", model="painter", input_reference={"file_id": "$reference"}),
        case="with the owner's file",
    ),
    Route(
        method="POST",
        path="/v1/videos",
        other=400,
        **json(prompt="A fox.", model="painter", project_id="$project"),
        case="in the owner's project",
    ),
    Route(
        method="POST",
        path="/v1/images/generations",
        owner=504,
        other=400,
        **json(prompt="A fox.", model="painter", project_id="$project"),
    ),
    Route(
        method="POST",
        path="/v1/images/edits",
        owner=504,
        other=400,
        **json(prompt="A fox.", model="painter", image={"file_id": "$reference"}),
    ),
]

ADMINISTRATION = [
    *(
        administration("GET", path)
        for path in ("/metrics", "/lanes", "/workers", "/jobs", "/users", "/reviews")
    ),
    *(administration("GET", path) for path in ("/models", "/audit")),
    administration("PATCH", "/lanes/{name}", at={"name": "=cpu"}, **json(cap=None)),
    administration("POST", "/workers/{worker_id}/drain", at={"worker_id": f"={WORKER}"}),
    administration("GET", "/jobs/{job_id}", **at("job_id", "completed")),
    administration("POST", "/jobs/{job_id}/cancel", **at("job_id", "queued")),
    administration("POST", "/jobs/{job_id}/retry", **at("job_id", "failed")),
    administration("GET", "/users/{user_id}", **at("user_id", "user")),
    administration("PATCH", "/users/{user_id}", **at("user_id", "user"), **json(slots=3)),
    administration(
        "POST", "/users/{user_id}/grant", 201, **at("user_id", "user"), **json(credits=1, reason="test")
    ),
    administration("POST", "/reviews/{job_id}", **at("job_id", "completed"), **json(decision="approve")),
    administration("POST", "/models", 201, **json(**MODEL)),
    administration("PATCH", "/models/{slug}", at={"slug": "=painter"}, **json(title="Painter")),
]

PAGES = [
    page("GET", "/", 303),
    page("GET", "/jobs", is_telling=True),
    page("GET", "/jobs/live", streams=True),
    page("GET", "/jobs/progress", at={"?": "job=$processing"}),
    *(
        page("GET", f"/jobs/{{job_id}}{rest}", status, other=404, **at("job_id", "completed"))
        for rest, status in (("", 200), ("/card", 200), ("/details", 200), ("/download", 302))
    ),
    page("GET", "/jobs/{job_id}/media/{role}", 302, other=404, at={"job_id": "completed", "role": "=output"}),
    page(
        "GET",
        "/jobs/{job_id}/media/{role}/poster",
        302,
        other=404,
        at={"job_id": "completed", "role": "=motion"},
    ),
    page("POST", "/jobs/{job_id}/cancel", 303, other=404, **at("job_id", "queued")),
    page("POST", "/logout", 303),
]

OPEN = [
    open_("GET", "/login"),
    open_(
        "POST",
        "/login",
        401,
        sent={"data": {"email": "$email", "password": "wrong"}},
        is_costly=True,
        tells=False,
    ),
    open_("GET", "/register"),
    open_(
        "POST",
        "/register",
        409,
        sent={"data": {"email": "$email", "password": "correct horse battery"}},
        is_costly=True,
    ),
    open_("GET", "/healthz"),
    open_("GET", "/readyz"),
    open_("GET", "/openapi.json"),
    open_("HEAD", "/openapi.json"),
    open_("GET", "/docs"),
    open_("GET", "/docs/{version}/{name}", 404, at={"version": "=0", "name": "=none.js"}),
    open_("GET", "/static/{version}/{path:path}", 302, at={"version": "=0", "path:path": "=css/base.css"}),
    open_("GET", "/favicon.ico", 302),
    # The application of this test keeps no certificates.
    open_("GET", "/.well-known/rushes/ca.pem", 404),
    # For who has the token of metrics, which is nobody's account.
    Route(method="GET", path="/metrics", owner=401, other=401, nobody=401),
]

ROUTES = [
    *CREATE_PAGES,
    *ACCOUNT,
    *FILES_ROUTES,
    *SUBMISSIONS,
    *JOBS,
    *WEBHOOKS,
    *LIBRARY,
    *OPENAI,
    *ADMINISTRATION,
    *PAGES,
    *JOB_PAGES,
    *SETTINGS_PAGES,
    *LINK_PAGES,
    *LIBRARY_PAGES,
    *ADMIN_PAGES,
    *OPEN,
]
"""Every route of the application, some of them in several cases."""
