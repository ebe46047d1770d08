"""Files of staff: what a reply carries, its album, and what it was edited to."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.columns import JsonField


class Migration(migrations.Migration):
    dependencies = [("relay", "0001_initial")]  # noqa: RUF012 - as tortoise writes and reads it

    operations = [  # noqa: RUF012
        ops.AddField("ReplyRow", "file", JsonField(generated=False, null=True, unique=False)),
        ops.AddField("ReplyRow", "album", fields.CharField(max_length=255, null=True)),
        ops.AddField("ReplyRow", "edition", fields.IntField(default=0, db_default=0)),
        ops.AddField("ReplyRow", "wanted", JsonField(generated=False, null=True, unique=False)),
        ops.AddIndex(
            "ReplyRow",
            Index(fields=["business_id", "group_id", "album"], name="reply_album"),
        ),
    ]
