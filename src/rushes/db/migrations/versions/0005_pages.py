"""What the pages need beyond the API.

Revision ID: 0005
Revises: 0004
"""

from rushes.db.migrations.script import run_sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
