"""Every named query of the product, and a way to ask it for what is somebody's."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import rushes.db
from rushes.domain.jobs import JobStatus, JobType
from rushes.domain.media import MediaKind

FORGOT = " without its viewer"
"""What is added to the name of a query that was stripped."""

FOLDER = Path(rushes.db.__file__).parent / "sql"

READABLE = """
    SELECT coalesce(string_agg(quote_ident(attname), ', '), '') FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
      AND has_column_privilege('rushes_web', attrelid, attnum, 'SELECT')
"""
"""The columns of a table that the web may read."""

_NAMED = re.compile(r"^-- name: (\w+)\((.*)\)[\^!$]?\n((?:--.*\n)*)", re.MULTILINE)
_ARGUMENT = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_OWNED_BY = re.compile(r"(?:\b\w+\.)?\buser_id = (:user_id)\b")
_OWN_ACCOUNT = re.compile(r"(FROM users WHERE) id = (:user_id)\b")
_LAST = UUID(int=2**128 - 1)
_THINGS = {
    "belongings.hold_project": "project",
    "belongings.hold_session": "desk",
    "belongings.hold_group": "group",
    "groups.get_group": "group",
    "library.get_video": "video",
    "library.get_image": "image",
    "projects.get_project": "project",
    "prompt_templates.get_template": "template",
    "prompt_templates.lock_template": "template",
    "workspace_sessions.get_workspace_session": "desk",
    "openai.list_films_before": "last",
}
"""What the argument `id` of a query names."""

_WORDS: Mapping[str, Any] = {
    "statuses": [str(status) for status in JobStatus],
    "job_types": [str(job_type) for job_type in JobType],
    "kinds": [str(kind) for kind in MediaKind],
    "verdicts": ["pending", "flagged"],
    "lanes": ["cpu"],
    "lane": "cpu",
    "engines": ["motion"],
    "engine": "motion",
    "destination": "library",
    "media_types": ["image/png", "video/mp4"],
    "among": "%",
    "bucket": "images",
    "seen": "1:1:",
    "until": "9000000000:9000000000:",
    "priority": 5,
    "slots": 1,
    "lanes.list_lanes.name": None,
    "job_search.find_newer_jobs.after_time": datetime(1, 1, 2, tzinfo=UTC),
    "library.list_newer.after_time": datetime(1, 1, 2, tzinfo=UTC),
    "openai.list_films_after.time": datetime(1, 1, 2, tzinfo=UTC),
}


@dataclass(frozen=True, kw_only=True)
class Query:
    """A named query; `text` has numbers for its arguments, whose names are `arguments`."""

    name: str
    text: str
    arguments: tuple[str, ...]

    @property
    def is_reading(self) -> bool:
        """Whether it only reads."""
        bare = re.sub(r"--.*", "", self.text)
        return re.search(r"\b(INSERT INTO|UPDATE \w|DELETE FROM|set_config|pg_notify)", bare) is None

    def reads(self, tables: set[str]) -> bool:
        """Whether it reads one of the tables."""
        return bool(tables & set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", self.text)))


def load_queries() -> dict[str, Query]:
    """Every query by its store and name, as it is written."""
    return {query.name: query for path in sorted(FOLDER.glob("*.sql")) for query in _queries_of(path)}


def stripped(query: Query) -> Query:
    """The query of somebody who forgot to say whose rows he wants; the argument is still there."""
    text = _written(query)
    text = _OWNED_BY.sub(r"\1::uuid IS NOT NULL", text)
    text = _OWN_ACCOUNT.sub(r"\1 \2::uuid IS NOT NULL", text)
    return _query(query.name + FORGOT, text)


def things_of(ids: Mapping[str, str], user_id: UUID, marker: str) -> dict[str, Any]:
    """What arguments of each name are given, of an account that has one of everything."""
    uuids: defaultdict[str, UUID] = defaultdict(uuid4, {name: UUID(value) for name, value in ids.items()})
    return {
        "user_id": user_id,
        "job_id": uuids["completed"],
        "job_ids": [uuids[name] for name in ("completed", "queued", "processing", "failed", "painted")],
        "group_ids": [uuids["group"]],
        "asset_id": uuids["reference"],
        "lease": uuids["lease"],
        "leases": [uuids["lease"]],
        "endpoint_id": uuids["webhook"],
        "delivery_id": uuids["delivery"],
        "short_id": str(uuids["link"])[:8],
        "email": f"{marker}-email@example.org",
        "key": f"{marker}-idempotency",
        "name": f"{marker}-template",
        "fingerprint": sha256(b"").digest(),
        **{f"{store}.id": uuids[thing] for store, thing in _THINGS.items()},
        **_WORDS,
    }


def value_of(store: str, name: str, kind: str, things: Mapping[str, Any]) -> Any:
    """An argument that names a thing where it names any, and asks for as much as it can where not."""
    for known in (f"{store}.{name}", name):
        if known in things:
            return things[known]
    if name.endswith("s") and name[:-1] in things:
        return [things[name[:-1]]]
    return _WIDEST[kind](name)


def _widest_time(name: str) -> datetime:
    is_lower = name in {"since", "from_time"}
    return datetime(1, 1, 2, tzinfo=UTC) if is_lower else datetime(9000, 1, 1, tzinfo=UTC)


_WIDEST: Mapping[str, Any] = {
    "uuid": lambda name: _LAST if name.startswith("before") else None,
    "uuid[]": lambda _: [],
    "text": lambda _: None,
    "text[]": lambda _: [],
    "bool": lambda _: None,
    "int2": lambda _: 100,
    "int4": lambda _: 1000,
    "int8": lambda name: 0 if name.startswith(("after", "event")) else 1000,
    "float8": lambda _: 1.0,
    "timestamptz": _widest_time,
    "timestamptz[]": lambda _: [],
    "interval": lambda _: timedelta(days=365),
    "jsonb": lambda _: [],
    "bytea": lambda _: b"",
}
"""What a type's widest argument is: no condition, or the farthest bound."""


def _queries_of(path: Path) -> list[Query]:
    text = path.read_text()
    heads = list(_NAMED.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        _query(f"{path.stem}.{head[1]}", text[head.end() : end].strip().removesuffix(";"))
        for head, end in zip(heads, ends, strict=True)
    ]


def _query(name: str, written: str) -> Query:
    arguments = tuple(dict.fromkeys(_ARGUMENT.findall(written)))
    numbers = {argument: f"${number}" for number, argument in enumerate(arguments, 1)}
    return Query(name=name, text=_ARGUMENT.sub(lambda found: numbers[found[1]], written), arguments=arguments)


def _written(query: Query) -> str:
    return re.sub(r"\$(\d+)", lambda found: f":{query.arguments[int(found[1]) - 1]}", query.text)
