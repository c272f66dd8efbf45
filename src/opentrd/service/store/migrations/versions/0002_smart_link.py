"""Where a chart that was read by SMART comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "smart_link",
        sa.Column("chart", sa.String(length=40), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["chart"], ["chart.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chart"),
    )
    with op.batch_alter_table("smart_link", schema=None) as batch_op:
        batch_op.create_index("smart_link_patient", ["issuer", "patient"], unique=False)


def downgrade() -> None:
    """Take the table away."""
    with op.batch_alter_table("smart_link", schema=None) as batch_op:
        batch_op.drop_index("smart_link_patient")
    op.drop_table("smart_link")
