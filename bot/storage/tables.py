"""The tables of the ledger and their indexes; no reading or writing.

Every row carries its `business_id`. Ids of Telegram and the Market are int64, times are integer
milliseconds since 1970 UTC, and there are no foreign keys: nothing may delete a message or an
effect by deleting what it belongs to.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from bot.storage.columns import JsonField, WordsField

NAME = 255  # longest key, lane or name that is looked up


# A chat of the Market. `unread_since_ms` is set while its history waits to be read.
class ChatRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    chat_id = fields.BigIntField()
    context = fields.CharField(max_length=32)
    kind = fields.CharField(max_length=32)
    status = fields.CharField(max_length=32)
    order_id = fields.BigIntField(null=True)
    return_id = fields.BigIntField(null=True)
    customer = WordsField()
    created_ms = fields.BigIntField()
    updated_ms = fields.BigIntField()
    cursor = fields.BigIntField()
    read_ms = fields.BigIntField()
    since_ms = fields.BigIntField(null=True)
    unread_since_ms = fields.BigIntField(null=True)

    class Meta:
        table = "chat"
        unique_together = (("business_id", "chat_id"),)
        indexes = (Index(fields=("business_id", "unread_since_ms"), name="chat_unread"),)


# The topic of a chat, in the group it was made in.
class TopicRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    group_id = fields.BigIntField()
    chat_id = fields.BigIntField()
    thread_id = fields.BigIntField(null=True)
    name = fields.CharField(max_length=NAME)
    state = fields.CharField(max_length=16)
    is_headed = fields.BooleanField()
    changed_ms = fields.BigIntField()

    class Meta:
        table = "topic"
        unique_together = (("business_id", "chat_id"), ("group_id", "thread_id"))
        indexes = (Index(fields=("business_id", "state"), name="topic_state"),)


# A message of a Market chat, and what it is to us.
class IncomingRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    chat_id = fields.BigIntField()
    message_id = fields.BigIntField()
    sender = fields.CharField(max_length=16)
    at_ms = fields.BigIntField()
    text = WordsField()
    attachments = JsonField()
    nature = fields.CharField(max_length=16)
    echo_of = fields.CharField(max_length=NAME, null=True)

    class Meta:
        table = "incoming"
        unique_together = (("business_id", "chat_id", "message_id"),)


# An update of Telegram as it came.
# `fingerprint` tells a message that comes again under another update id. `post_id` is the
# message of the group `group_id` that the update carries, if it carries one.
class UpdateRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    bot_id = fields.BigIntField()
    update_id = fields.BigIntField()
    fingerprint = fields.CharField(max_length=NAME, null=True)
    group_id = fields.BigIntField()
    post_id = fields.BigIntField(null=True)
    content = JsonField()
    received_ms = fields.BigIntField()
    state = fields.CharField(max_length=16)
    aside = WordsField()

    class Meta:
        table = "update"
        unique_together = (("bot_id", "update_id"), ("bot_id", "fingerprint"))
        indexes = (
            Index(fields=("business_id", "bot_id", "state", "update_id"), name="update_state"),
            Index(fields=("business_id", "group_id", "post_id"), name="update_post"),
            Index(
                fields=("business_id", "bot_id", "received_ms", "update_id"),
                name="update_received",
            ),
        )


# A staff message, or a part of one, meant for the buyer: a text or a file.
class ReplyRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    group_id = fields.BigIntField()
    effect_key = fields.CharField(max_length=NAME)
    chat_id = fields.BigIntField()
    thread_id = fields.BigIntField()
    post_id = fields.BigIntField()
    part = fields.IntField()
    author = fields.BigIntField()
    at_ms = fields.BigIntField()
    text = WordsField()
    matched = fields.BigIntField(null=True)
    file = JsonField(null=True)
    album = fields.CharField(max_length=NAME, null=True)
    edition = fields.IntField(default=0, db_default=0)
    wanted = JsonField(null=True)

    class Meta:
        table = "reply"
        unique_together = (
            ("business_id", "group_id", "effect_key"),
            ("group_id", "post_id", "part"),
        )
        indexes = (
            Index(fields=("business_id", "chat_id", "matched"), name="reply_matched"),
            Index(fields=("business_id", "group_id", "album"), name="reply_album"),
        )


# An outside effect to be, under way, or done: a row of the outbox. `is_open` follows from `state`,
# so that one index leads to the open rows alone, in order, past any number of closed ones.
class EffectRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    group_id = fields.BigIntField()
    effect_key = fields.CharField(max_length=NAME)
    queue = fields.CharField(max_length=16)
    lane = fields.CharField(max_length=NAME)
    kind = fields.CharField(max_length=64)
    payload = JsonField()
    rank = fields.IntField()
    chat_id = fields.BigIntField(null=True)
    state = fields.CharField(max_length=16)
    is_open = fields.BooleanField()
    created_ms = fields.BigIntField()
    due_ms = fields.BigIntField()
    attempts = fields.IntField(default=0)
    rounds = fields.IntField(default=0)
    looks = fields.IntField(default=0)
    started_ms = fields.BigIntField(default=0)
    unknown_ms = fields.BigIntField(default=0)
    base = fields.BigIntField(default=0)
    batch = fields.BigIntField(default=0)
    result = fields.BigIntField(null=True)
    reason = WordsField(default="")

    class Meta:
        table = "outbox"
        unique_together = (("business_id", "group_id", "effect_key"),)
        indexes = (
            Index(
                fields=("business_id", "group_id", "queue", "is_open", "lane", "id"),
                name="outbox_queue",
            ),
            Index(fields=("business_id", "group_id", "lane", "is_open", "id"), name="outbox_lane"),
            Index(
                fields=("business_id", "group_id", "queue", "state", "created_ms"),
                name="outbox_state",
            ),
            Index(fields=("business_id", "group_id", "batch"), name="outbox_batch"),
            Index(fields=("business_id", "group_id", "queue", "result"), name="outbox_result"),
        )


# A small fact under a name.
class FactRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    group_id = fields.BigIntField()
    name = fields.CharField(max_length=NAME)
    value = WordsField()

    class Meta:
        table = "fact"
        unique_together = (("business_id", "group_id", "name"),)


# When a paced call of Telegram began.
class SpentRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    at_ms = fields.BigIntField()

    class Meta:
        table = "spent"
        indexes = (Index(fields=("business_id", "at_ms"), name="spent_at"),)


# Who works for the cabinet, on PostgreSQL. The fence is part of a key: so whoever only looks at it
# waits for nobody who renews the lease.
class LeaseRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    fence = fields.BigIntField()
    holder = fields.CharField(max_length=NAME)
    renewed_ms = fields.BigIntField()

    class Meta:
        table = "lease"
        unique_together = (("business_id",), ("business_id", "fence"))


# Who did what, and when; added to and never changed. What became of an answer its rows tell.
class AuditRow(Model):
    id = fields.BigIntField(primary_key=True)
    business_id = fields.BigIntField()
    group_id = fields.BigIntField()
    at_ms = fields.BigIntField()
    actor_id = fields.BigIntField()
    act = fields.CharField(max_length=32)
    chat_id = fields.BigIntField(null=True)
    post_id = fields.BigIntField()

    class Meta:
        table = "audit"
        indexes = (Index(fields=("business_id", "at_ms"), name="audit_at"),)
