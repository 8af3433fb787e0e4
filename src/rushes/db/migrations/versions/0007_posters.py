"""A still of each upload that can be seen.

Revision ID: 0007
Revises: 0006
"""

from rushes.db.migrations.script import run_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
