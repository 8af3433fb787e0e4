"""What each route answers to whom; a string that begins with `$` names one of the owner's things."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.web.people import API


class Visitor(StrEnum):
    """Who asks. The five after `ADMIN` come with what was, or looks like, the owner's own credential."""

    ANONYMOUS = "anonymous"
    OTHER = "another user"
    ADMIN = "administrator"
    DISABLED = "disabled account"
    REVOKED_KEY = "revoked key"
    ENDED = "ended session"
    EXPIRED = "expired token"
    FORGED = "wrong signature"
    KEY = "owner by key"
    OWNER = "owner"


STRANGERS = tuple(visitor for visitor in Visitor if visitor not in {Visitor.KEY, Visitor.OWNER})
SIGNED_IN = (Visitor.OTHER, Visitor.ADMIN)


@dataclass(frozen=True, kw_only=True)
class Route:
    """A request, and the status that each visitor is answered with.

    `nobody` is for who has no credential that is worth anything; `others` are exceptions. Whoever knows the
    address of what `is_open` has the right to it; where a signature is that right, `forged` takes the place
    of `at`. `shows` are things that he may learn of, and `shows_marker` is for the file itself. What `tells`
    is answered differently if there is no such thing. What `is_telling` shows its owner what is marked. What
    `is_costly` hashes a password, so few ask.
    """

    method: str
    path: str
    case: str = ""
    at: Mapping[str, str] = field(default_factory=dict[str, str])
    sent: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    forged: Mapping[str, str] | None = None
    owner: int = 200
    other: int = 404
    admin: int | None = None
    nobody: int = 401
    others: Mapping[Visitor, int] = field(default_factory=dict[Visitor, int])
    is_open: bool = False
    tells: bool = False
    is_telling: bool = False
    shows: tuple[str, ...] = ()
    shows_marker: bool = False
    is_costly: bool = False
    streams: bool = False

    @property
    def name(self) -> str:
        """The route and the case."""
        return " ".join(filter(None, (self.method, self.path, self.case)))

    @property
    def is_page(self) -> bool:
        """Whether a browser asks for it."""
        return not self.path.startswith(("/api/", "/media/", "/static/", "/v1"))

    @property
    def is_safe(self) -> bool:
        """Whether nothing is to be changed."""
        return self.method in {"GET", "HEAD", "WS"}

    @property
    def names_things(self) -> bool:
        """Whether the request names something that belongs to somebody."""
        places = [thing for thing in self.at.values() if not thing.startswith("=")]
        return bool(places) or "'$" in str(self.sent).replace("'$fresh", "") or "'$" in str(self.headers)

    @property
    def is_administration(self) -> bool:
        """Whether administrators see here what belongs to others."""
        return self.path.startswith((f"{API}/admin", "/admin"))

    def status_for(self, visitor: Visitor) -> int:
        """The status that the visitor should be answered with."""
        if visitor in self.others:
            return self.others[visitor]
        match visitor:
            case Visitor.OWNER | Visitor.KEY:
                return self.owner
            case Visitor.ADMIN if self.admin is not None:
                return self.admin
            case Visitor.OTHER | Visitor.ADMIN:
                return self.other
            case _:
                return self.nobody


def owned(method: str, path: str, owner: int = 200, **more: Any) -> Route:
    """A route of something that belongs to somebody."""
    return Route(method=method, path=API + path, owner=owner, **more)


def own(method: str, path: str, owner: int = 200, **more: Any) -> Route:
    """A route that gives everybody what is his own."""
    return Route(method=method, path=API + path, **({"owner": owner, "other": owner} | more))


def open_(method: str, path: str, status: int = 200, **more: Any) -> Route:
    """A route that asks nobody who he is."""
    return Route(
        method=method,
        path=path,
        owner=status,
        **({"other": status, "nobody": status, "is_open": True, "tells": True} | more),
    )


def administration(method: str, path: str, admin: int = 200, **more: Any) -> Route:
    """A route for administrators alone."""
    return Route(method=method, path=f"{API}/admin{path}", owner=403, other=403, admin=admin, **more)


def page(method: str, path: str, owner: int = 200, **more: Any) -> Route:
    """A page, which sends who is not signed in to the form for that."""
    return Route(method=method, path=path, **({"owner": owner, "other": owner, "nobody": 303} | more))


def at(name: str, thing: str) -> dict[str, Any]:
    """A place in the path and the thing whose name is put there; after `=`, the very text."""
    return {"at": {name: thing}}


def json(**body: Any) -> dict[str, Any]:
    """A document to send."""
    return {"sent": {"json": body}}


WRONG = "not the password"
NEW_ACCOUNT = {"email": "$fresh_email", "password": "correct horse battery"}
FILES = {"reference": "$reference", "motion": "$motion"}
MADE_OF_WORDS: dict[str, Any] = {"job_type": "text_to_video", "model": "painter", "prompt": "A fox."}
BASE: dict[str, Any] = {"job_type": "base", "inputs": FILES}
MODEL: dict[str, Any] = {
    "slug": "$fresh_slug",
    "title": "A model",
    "engine": "motion",
    "lane": "cpu",
    "job_types": ["base"],
    "price": {"per_second": {"480p": 1, "720p": 1}, "minimum": 1},
    "time_limit_seconds": 60,
}

ACCOUNT = [
    open_("POST", f"{API}/auth/register", 201, **json(**NEW_ACCOUNT), is_costly=True),
    open_(
        "POST",
        f"{API}/auth/register",
        409,
        case="with the owner's address",
        **json(email="$email", password="correct horse battery"),
        is_costly=True,
    ),
    open_(
        "POST", f"{API}/auth/login", 401, **json(email="$email", password=WRONG), is_costly=True, tells=False
    ),
    own("POST", "/auth/password", 422, **json(current_password=WRONG, new_password="x" * 12), is_costly=True),
    own("GET", "/me", is_telling=True),
    own("PATCH", "/me", **json(username="Somebody")),
    own("GET", "/me/ledger", is_telling=True),
    own("GET", "/me/metrics"),
    own("GET", "/api-keys", is_telling=True),
    own("POST", "/api-keys", 201, **json(name="ci")),
    owned("DELETE", "/api-keys/{key_id}", 204, **at("key_id", "api_key")),
    own("GET", "/models"),
    own("POST", "/auth/logout", 204),
]

FILES_ROUTES = [
    own(
        "POST",
        "/assets",
        415,
        sent={"data": {"role": "reference"}, "files": {"file": ("a.png", b"no picture")}},
    ),
    own("POST", "/assets/uploads", 201, **json(role="reference", bytes=9)),
    owned("POST", "/assets/{asset_id}/complete", 409, **at("asset_id", "announced")),
    owned("GET", "/assets/{asset_id}", **at("asset_id", "unused")),
    owned("DELETE", "/assets/{asset_id}", 204, **at("asset_id", "unused")),
    open_(
        "GET",
        "/media/{bucket}/{key:path}",
        at={"": "media"},
        forged={"": "forged_media"},
        others={Visitor.FORGED: 403},
        shows_marker=True,
    ),
    open_(
        "HEAD",
        "/media/{bucket}/{key:path}",
        at={"": "media"},
        forged={"": "forged_media"},
        others={Visitor.FORGED: 403},
    ),
    open_(
        "HEAD",
        "/media/upload/{bucket}/{key:path}",
        at={"": "upload"},
        forged={"": "forged_upload"},
        others={Visitor.FORGED: 403},
    ),
    open_(
        "PUT",
        "/media/upload/{bucket}/{key:path}",
        204,
        at={"": "upload"},
        sent={"content": b"a picture"},
        forged={"": "forged_upload"},
        others={Visitor.FORGED: 403},
    ),
    open_(
        "PATCH",
        "/media/upload/{bucket}/{key:path}",
        204,
        at={"": "upload"},
        sent={"content": b""},
        headers={"Upload-Offset": "0"},
        forged={"": "forged_upload"},
        others={Visitor.FORGED: 403},
    ),
]

SUBMISSIONS = [
    owned("POST", "/jobs", 202, other=422, **json(**BASE), case="with the owner's files"),
    owned(
        "POST",
        "/jobs",
        202,
        other=422,
        **json(**MADE_OF_WORDS, project_id="$project"),
        case="in the owner's project",
    ),
    owned(
        "POST",
        "/jobs",
        202,
        other=422,
        **json(**MADE_OF_WORDS, session_id="$desk"),
        case="in the owner's session",
    ),
    owned(
        "POST",
        "/jobs",
        202,
        other=422,
        **json(**MADE_OF_WORDS, group_id="$group"),
        case="in the owner's group",
    ),
    owned(
        "POST",
        "/jobs",
        202,
        other=422,
        **json(job_type="upscale", model="polish", parent_job_id="$completed"),
        case="after the owner's job",
    ),
    own(
        "POST",
        "/jobs",
        202,
        other=202,
        **json(**MADE_OF_WORDS),
        headers={"Idempotency-Key": "$idempotency_key"},
        others={Visitor.OWNER: 409, Visitor.KEY: 409},
        # The same body was never sent by a stranger: he gets a job of his own, and two are never alike.
        tells=True,
        case="with the owner's idempotency key",
    ),
    owned(
        "POST",
        "/jobs/batch",
        202,
        other=422,
        **json(jobs=[MADE_OF_WORDS, MADE_OF_WORDS | {"project_id": "$project"}]),
    ),
    own("POST", "/jobs/quote", **json(**BASE)),
]

JOBS = [
    own("GET", "/jobs", is_telling=True),
    *(
        own("GET", "/jobs", case=f"of the owner's {name}", at={"?": f"{name}={thing}"})
        for name, thing in (
            ("project", "$project"),
            ("group", "$group"),
            ("session", "$desk"),
            ("parent", "$completed"),
        )
    ),
    own("GET", "/jobs/active", is_telling=True),
    *(
        owned("GET", f"/jobs/{{job_id}}{rest}", **at("job_id", "completed"))
        for rest in ("", "/thumbnails", "/output")
    ),
    *(
        owned("GET", "/jobs/{job_id}", **at("job_id", name), case=f"that is {name}")
        for name in ("queued", "processing", "failed")
    ),
    owned("GET", "/jobs/{job_id}/events", **at("job_id", "processing"), streams=True, is_telling=True),
    own("GET", "/events", streams=True, is_telling=True),
    owned("POST", "/jobs/{job_id}/cancel", **at("job_id", "queued")),
    owned("POST", "/jobs/{job_id}/cancel", **at("job_id", "processing"), case="that is processing"),
    owned("POST", "/jobs/{job_id}/retry", **at("job_id", "failed")),
    owned("PATCH", "/jobs/{job_id}", **at("job_id", "queued"), **json(starred=True)),
    owned("DELETE", "/jobs/{job_id}", 204, **at("job_id", "failed")),
    owned("POST", "/jobs/{job_id}/share", **at("job_id", "painted")),
    owned("DELETE", "/jobs/{job_id}/share", 204, **at("job_id", "completed")),
    *(
        own("POST", "/jobs/bulk", **json(action=action, ids=[f"${job}"]), case=action)
        for action, job in (("cancel", "queued"), ("retry", "failed"), ("delete", "completed"))
    ),
    own("POST", "/jobs/bulk", **json(action="delete", filter={"project": "$project"}), case="by project"),
    open_("GET", f"{API}/shares/{{short_id}}", **at("short_id", "short_id"), others={Visitor.DISABLED: 410}),
    open_("GET", f"{API}/shares/{{short_id}}", 404, **at("short_id", "unshared_id"), case="not shared"),
    open_(
        "GET",
        f"{API}/shares/{{short_id}}/{{role}}",
        at={"short_id": "short_id", "role": "=output"},
        shows_marker=True,
        others={Visitor.DISABLED: 410},
    ),
    open_(
        "HEAD",
        f"{API}/shares/{{short_id}}/{{role}}",
        at={"short_id": "short_id", "role": "=output"},
        others={Visitor.DISABLED: 410},
    ),
    Route(
        method="WS",
        path=f"{API}/ws",
        sent={"messages": [{"subscribe": "$processing"}]},
        owner=101,
        other=4404,
        nobody=4401,
        case="one job",
    ),
    Route(
        method="WS",
        path=f"{API}/ws",
        sent={"messages": [{"subscribe": "all"}]},
        owner=101,
        other=101,
        nobody=4401,
        is_telling=True,
        case="all jobs",
    ),
]
