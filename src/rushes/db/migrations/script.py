"""How a revision runs the SQL file that is its body."""

from pathlib import Path

from alembic import op
from sqlalchemy.util import await_only


def run_sql(revision_file: str) -> None:
    """Run the `.sql` file beside a revision, in the migration's transaction.

    asyncpg takes several statements at once only without parameters, on its own connection; SQLAlchemy
    has begun the transaction there already.
    """
    script = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None, "a migration runs on an open connection"
    await_only(driver.execute(script))
