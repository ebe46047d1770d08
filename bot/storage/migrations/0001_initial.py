"""The first schema of the ledger; a copy of `bot.storage.tables` as it was then."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from bot.storage.columns import JsonField, WordsField


class Migration(migrations.Migration):
    initial = True

    operations = [  # noqa: RUF012 - as tortoise writes and reads it
        ops.CreateModel(
            name="ChatRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("chat_id", fields.BigIntField()),
                ("context", fields.CharField(max_length=32)),
                ("kind", fields.CharField(max_length=32)),
                ("status", fields.CharField(max_length=32)),
                ("order_id", fields.BigIntField(null=True)),
                ("return_id", fields.BigIntField(null=True)),
                ("customer", WordsField(unique=False)),
                ("created_ms", fields.BigIntField()),
                ("updated_ms", fields.BigIntField()),
                ("cursor", fields.BigIntField()),
                ("read_ms", fields.BigIntField()),
                ("since_ms", fields.BigIntField(null=True)),
                ("unread_since_ms", fields.BigIntField(null=True)),
            ],
            options={
                "table": "chat",
                "app": "relay",
                "unique_together": (("business_id", "chat_id"),),
                "indexes": [Index(fields=["business_id", "unread_since_ms"], name="chat_unread")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EffectRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("group_id", fields.BigIntField()),
                ("effect_key", fields.CharField(max_length=255)),
                ("queue", fields.CharField(max_length=16)),
                ("lane", fields.CharField(max_length=255)),
                ("kind", fields.CharField(max_length=64)),
                ("payload", JsonField(generated=False, null=False, unique=False)),
                ("rank", fields.IntField()),
                ("chat_id", fields.BigIntField(null=True)),
                ("state", fields.CharField(max_length=16)),
                ("is_open", fields.BooleanField()),
                ("created_ms", fields.BigIntField()),
                ("due_ms", fields.BigIntField()),
                ("attempts", fields.IntField(default=0)),
                ("rounds", fields.IntField(default=0)),
                ("looks", fields.IntField(default=0)),
                ("started_ms", fields.BigIntField(default=0)),
                ("unknown_ms", fields.BigIntField(default=0)),
                ("base", fields.BigIntField(default=0)),
                ("batch", fields.BigIntField(default=0)),
                ("result", fields.BigIntField(null=True)),
                ("reason", WordsField(default="", unique=False)),
            ],
            options={
                "table": "outbox",
                "app": "relay",
                "unique_together": (("business_id", "group_id", "effect_key"),),
                "indexes": [
                    Index(
                        fields=["business_id", "group_id", "queue", "is_open", "lane", "id"],
                        name="outbox_queue",
                    ),
                    Index(
                        fields=["business_id", "group_id", "lane", "is_open", "id"],
                        name="outbox_lane",
                    ),
                    Index(
                        fields=["business_id", "group_id", "queue", "state", "created_ms"],
                        name="outbox_state",
                    ),
                    Index(fields=["business_id", "group_id", "batch"], name="outbox_batch"),
                    Index(
                        fields=["business_id", "group_id", "queue", "result"], name="outbox_result"
                    ),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FactRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("group_id", fields.BigIntField()),
                ("name", fields.CharField(max_length=255)),
                ("value", WordsField(unique=False)),
            ],
            options={
                "table": "fact",
                "app": "relay",
                "unique_together": (("business_id", "group_id", "name"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IncomingRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("chat_id", fields.BigIntField()),
                ("message_id", fields.BigIntField()),
                ("sender", fields.CharField(max_length=16)),
                ("at_ms", fields.BigIntField()),
                ("text", WordsField(unique=False)),
                ("attachments", JsonField(generated=False, null=False, unique=False)),
                ("nature", fields.CharField(max_length=16)),
                ("echo_of", fields.CharField(null=True, max_length=255)),
            ],
            options={
                "table": "incoming",
                "app": "relay",
                "unique_together": (("business_id", "chat_id", "message_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReplyRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("group_id", fields.BigIntField()),
                ("effect_key", fields.CharField(max_length=255)),
                ("chat_id", fields.BigIntField()),
                ("thread_id", fields.BigIntField()),
                ("post_id", fields.BigIntField()),
                ("part", fields.IntField()),
                ("author", fields.BigIntField()),
                ("at_ms", fields.BigIntField()),
                ("text", WordsField(unique=False)),
                ("matched", fields.BigIntField(null=True)),
            ],
            options={
                "table": "reply",
                "app": "relay",
                "unique_together": (
                    ("business_id", "group_id", "effect_key"),
                    ("group_id", "post_id", "part"),
                ),
                "indexes": [
                    Index(fields=["business_id", "chat_id", "matched"], name="reply_matched")
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SpentRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("at_ms", fields.BigIntField()),
            ],
            options={
                "table": "spent",
                "app": "relay",
                "indexes": [Index(fields=["business_id", "at_ms"], name="spent_at")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TopicRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("group_id", fields.BigIntField()),
                ("chat_id", fields.BigIntField()),
                ("thread_id", fields.BigIntField(null=True)),
                ("name", fields.CharField(max_length=255)),
                ("state", fields.CharField(max_length=16)),
                ("is_headed", fields.BooleanField()),
                ("changed_ms", fields.BigIntField()),
            ],
            options={
                "table": "topic",
                "app": "relay",
                "unique_together": (("business_id", "chat_id"), ("group_id", "thread_id")),
                "indexes": [
                    Index(fields=["business_id", "state"], name="topic_state"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="UpdateRow",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("business_id", fields.BigIntField()),
                ("bot_id", fields.BigIntField()),
                ("update_id", fields.BigIntField()),
                ("fingerprint", fields.CharField(null=True, max_length=255)),
                ("group_id", fields.BigIntField()),
                ("post_id", fields.BigIntField(null=True)),
                ("content", JsonField(generated=False, null=False, unique=False)),
                ("received_ms", fields.BigIntField()),
                ("state", fields.CharField(max_length=16)),
                ("aside", WordsField(unique=False)),
            ],
            options={
                "table": "update",
                "app": "relay",
                "unique_together": (("bot_id", "update_id"), ("bot_id", "fingerprint")),
                "indexes": [
                    Index(
                        fields=["business_id", "bot_id", "state", "update_id"], name="update_state"
                    ),
                    Index(fields=["business_id", "group_id", "post_id"], name="update_post"),
                    Index(
                        fields=["business_id", "bot_id", "received_ms", "update_id"],
                        name="update_received",
                    ),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
