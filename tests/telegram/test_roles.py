"""Who may answer buyers and give commands, as Telegram knows its members."""

from __future__ import annotations

import pytest
from aiogram import Bot

from bot.relay.errors import (
    Unreachable,
)
from bot.relay.model import Role, UserId
from bot.simulator.server import Simulator
from bot.telegram.forum import TelegramForum
from tests.telegram.conftest import forum_of
from tests.telegram.samples import NOW_MS
from tests.world import ADMIN, OPERATOR, OUTSIDER


@pytest.mark.parametrize(
    ("user", "operators", "admins", "role"),
    [
        (ADMIN, {OPERATOR}, set(), Role.ADMIN),
        (OPERATOR, {OPERATOR}, set(), Role.OPERATOR),
        (OUTSIDER, {OPERATOR}, set(), Role.OUTSIDER),
        (OUTSIDER, set(), set(), Role.OPERATOR),
        (OUTSIDER, {OPERATOR}, {OUTSIDER}, Role.ADMIN),
        (4444, set(), set(), Role.OUTSIDER),
        (4444, {4444}, set(), Role.OUTSIDER),
        (4444, set(), {4444}, Role.ADMIN),
    ],
)
async def test_who_may_do_what(
    simulator: Simulator, bot: Bot, user: int, operators: set[int], admins: set[int], role: Role
) -> None:
    forum = forum_of(bot, simulator, frozenset(operators), frozenset(admins))
    assert await forum.role(UserId(user)) is role


@pytest.mark.parametrize(
    ("status", "role"),
    [
        ("creator", Role.ADMIN),
        ("administrator", Role.ADMIN),
        ("member", Role.OPERATOR),
        ("left", Role.OUTSIDER),
        ("kicked", Role.OUTSIDER),
    ],
)
async def test_who_has_left_may_do_nothing(
    simulator: Simulator, bot: Bot, status: str, role: Role
) -> None:
    simulator.group.people[OPERATOR].status = status
    assert await forum_of(bot, simulator).role(UserId(OPERATOR)) is role


async def test_a_right_is_believed_for_a_minute_and_then_asked_for_again(
    simulator: Simulator, bot: Bot
) -> None:
    now = [NOW_MS]
    forum = forum_of(bot, simulator, clock=lambda: now[0])
    assert await forum.role(UserId(OPERATOR)) is Role.OPERATOR
    simulator.group.people[OPERATOR].status = "kicked"
    now[0] += 59_999
    assert await forum.role(UserId(OPERATOR)) is Role.OPERATOR
    now[0] += 1
    assert await forum.role(UserId(OPERATOR)) is Role.OUTSIDER


async def test_a_right_that_cannot_be_asked_for_is_neither_given_nor_refused(
    simulator: Simulator, forum: TelegramForum
) -> None:
    fault = simulator.faults.add("telegram", "outage")
    with pytest.raises(Unreachable):
        await forum.role(UserId(OPERATOR))
    simulator.faults.remove(fault)
    assert await forum.role(UserId(OPERATOR)) is Role.OPERATOR


@pytest.mark.parametrize(
    ("user", "operators", "role"),
    [
        (ADMIN, {OPERATOR}, Role.OUTSIDER),
        (OPERATOR, {OPERATOR}, Role.OPERATOR),
        (OUTSIDER, set(), Role.OPERATOR),
    ],
)
async def test_a_bot_that_is_not_told_who_leads_takes_nobody_for_an_admin(
    simulator: Simulator, bot: Bot, user: int, operators: set[int], role: Role
) -> None:
    simulator.telegram.refusals["getChatMember"] = "Bad Request: CHAT_ADMIN_REQUIRED"
    forum = forum_of(bot, simulator, frozenset(operators), frozenset())
    assert await forum.role(UserId(user)) is role
