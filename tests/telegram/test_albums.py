"""Albums of staff, and edits of what was refused, from the update to the rows."""

from __future__ import annotations

import pytest

from bot.relay.model import Queue, State
from bot.simulator.group_world import GroupMessage
from tests.telegram.desks import CHAT, Desks
from tests.world import OPERATOR, OUTSIDER


def album(desks: Desks, *captions: str, person: int = OPERATOR) -> list[GroupMessage]:
    """Files of one album, each with its caption."""
    staff, name = desks.sim.staff, desks.sim.staff.new_album()
    return [
        staff.album_item(
            person,
            desks.sim.shelf.put(f"{number}.pdf", b"%PDF", "application/pdf"),
            desks.thread,
            name,
            caption,
        )
        for number, caption in enumerate(captions)
    ]


async def going_out(desks: Desks) -> list[str]:
    rows = await desks.bench.ledger.waiting_in_lane(f"chat/{CHAT}", 100)
    return [row.key for row in rows if row.queue is Queue.MARKET]


async def test_the_files_of_an_album_become_rows_in_their_order(desks: Desks) -> None:
    first, second = album(desks, "вот", "")
    await desks.work_off()
    assert await going_out(desks) == [
        f"say/{first.id}/0",
        f"say/{first.id}/1",
        f"say/{second.id}/0",
    ]
    items = await desks.bench.ledger.replies_in_album(first.album)
    assert [reply.file.name for reply, _ in items if reply.file] == ["0.pdf", "1.pdf"]


@pytest.mark.parametrize("captions", [("// внутри", "", ""), ("", "// внутри", "")])
async def test_one_note_keeps_the_whole_album_inside_whatever_its_place(
    desks: Desks, captions: tuple[str, ...]
) -> None:
    album(desks, *captions)
    await desks.work_off()
    assert await going_out(desks) == []


async def test_a_note_edited_into_one_file_keeps_the_whole_album_inside(desks: Desks) -> None:
    first, _ = album(desks, "", "")
    await desks.work_off()
    desks.sim.staff.edit(first.id, "// внутри")
    await desks.work_off()
    assert await going_out(desks) == []


@pytest.mark.parametrize("captions", [["смотрите"], ["// внутри", "смотрите"], ["// x", ""]])
async def test_who_has_no_right_sends_nothing_by_an_edit_of_what_was_refused(
    desks: Desks, captions: list[str]
) -> None:
    """The refused files of an album are written down, since the others are told of them."""
    first, second = album(desks, "", "", person=OUTSIDER)
    await desks.work_off()
    for caption in captions:
        desks.sim.staff.edit(first.id, caption)
        desks.sim.staff.edit(second.id, caption)
        await desks.work_off()
    assert await going_out(desks) == []
    for message in (first, second):
        assert (await desks.bench.row(f"say/{message.id}/0")).state is State.FAILED


async def test_words_edited_under_a_file_go_out_before_it(desks: Desks) -> None:
    picture = desks.sim.shelf.put("чек.pdf", b"%PDF", "application/pdf")
    message = desks.sim.staff.say(OPERATOR, "", desks.thread, files=[picture])
    await desks.work_off()
    desks.sim.staff.edit(message.id, "вот чек")
    await desks.work_off()
    assert await desks.for_the_buyer() == ["вот чек", ""]


async def test_a_message_withdrawn_and_edited_back_goes_out(desks: Desks) -> None:
    message = desks.say("раз")
    for text in ("// раз", "раз"):
        await desks.work_off()
        desks.sim.staff.edit(message.id, text)
    await desks.work_off()
    assert await desks.for_the_buyer() == ["раз"]
