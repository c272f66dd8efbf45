"""Tokens that were used and readings under way, for all workers; permissions apart from the session."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Sessions held refresh tokens until now: who is signed in does so once more."""
    op.execute("DELETE FROM session")
    op.create_table(
        "used_token",
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mark"),
    )
    op.create_index("ix_used_token_ends", "used_token", ["ends"])
    op.create_table(
        "permission",
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session", "issuer", "patient"),
    )
    op.create_table(
        "reading",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("chart", sa.String(length=40), nullable=True),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["chart"], ["chart.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reading_chart", "reading", ["chart"])


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table("reading")
    op.drop_table("permission")
    op.drop_table("used_token")
