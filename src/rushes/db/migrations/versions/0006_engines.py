"""What the engines need.

Revision ID: 0006
Revises: 0005
"""

from rushes.db.migrations.script import run_sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
