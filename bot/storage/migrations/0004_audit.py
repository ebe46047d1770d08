"""Who did what, and when."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("relay", "0003_lease")]  # noqa: RUF012 - as tortoise writes and reads it

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="AuditRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("group_id", fields.BigIntField()),
                ("at_ms", fields.BigIntField()),
                ("actor_id", fields.BigIntField()),
                ("act", fields.CharField(max_length=32)),
                ("chat_id", fields.BigIntField(null=True)),
                ("post_id", fields.BigIntField()),
            ],
            options={
                "table": "audit",
                "app": "relay",
                "indexes": [Index(fields=["business_id", "at_ms"], name="audit_at")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
