"""Who works for a cabinet, where several relays reach one database."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("relay", "0002_files")]  # noqa: RUF012 - as tortoise writes and reads it

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="LeaseRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("fence", fields.BigIntField()),
                ("holder", fields.CharField(max_length=255)),
                ("renewed_ms", fields.BigIntField()),
            ],
            options={
                "table": "lease",
                "app": "relay",
                "unique_together": (("business_id",), ("business_id", "fence")),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
