from rushes.db.migrate import migrate
from scripts.dump_schema import SCHEMA, dump
from tests.db.servers import execute

REMEDY = "run `python -m scripts.dump_schema` and commit the file"


async def test_migrations_build_the_committed_schema(empty_database_url: str) -> None:
    await migrate(empty_database_url)

    assert dump(empty_database_url) == SCHEMA.read_text(encoding="utf-8"), REMEDY


async def test_committed_schema_builds_itself(empty_database_url: str) -> None:
    schema = SCHEMA.read_text(encoding="utf-8")

    await execute(empty_database_url, schema)

    assert dump(empty_database_url) == schema
