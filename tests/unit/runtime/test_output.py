"""The splitter: bytes in any portions, always the same events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from groundcloud.runtime import limits
from groundcloud.runtime.output import LogLine, OutputSplitter


def frame(text: str, stamp_ms: int = 1_700_000_000_000, kind: int = 0x0F) -> bytes:
    data = text.encode()
    head = bytes((0xA5, 0x5A, 0x00, kind)) + len(data).to_bytes(4, "big") + (stamp_ms * 1000).to_bytes(8, "big")
    return head + data


def split(*portions: bytes) -> list[LogLine]:
    splitter = OutputSplitter()
    return [line for portion in portions for line in splitter.feed(portion)] + splitter.flush()


def test_lines() -> None:
    assert split(b"one\ntwo\nthr") == [(None, "one\n"), (None, "two\n"), (None, "thr\n")]


def test_a_line_waits_for_its_end() -> None:
    splitter = OutputSplitter()
    assert splitter.feed(b"be") == []
    assert splitter.feed(b"gin\nnext") == [(None, "begin\n")]
    assert splitter.flush() == [(None, "next\n")]
    assert splitter.flush() == []


def test_empty_lines_are_no_events() -> None:
    assert split(b"\n\na\n\n") == [(None, "a\n")]


def test_frames_keep_their_lines_and_time() -> None:
    seen = split(b"before", frame("a\nb\n"), b"after\n")
    assert seen == [(None, "before\n"), (1_700_000_000_000, "a\nb\n"), (None, "after\n")]


def test_frames_of_every_level() -> None:
    """Text and JSON, with no level and from TRACE to FATAL: github.com/aws/aws-lambda-nodejs-runtime-interface-client,
    LogPatch. The header of a TRACE was once part of the log."""
    for level in (0, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18):
        for form in (0x02, 0x03):
            assert split(frame("a\nb", kind=form | level)) == [(1_700_000_000_000, "a\nb\n")]


def test_unknown_frame_types_are_text() -> None:
    lines = split(b"\xa5\x5a\x00\x77 and more than sixteen bytes\n")
    assert "and more than sixteen bytes" in "".join(line.text for line in lines)


def test_a_frame_that_states_an_absurd_length_is_text() -> None:
    data = b"\xa5\x5a\x00\x03\xff\xff\xff\xff" + b"x" * 20 + b"\n"
    assert split(data)[-1].text.endswith("x" * 20 + "\n")


def test_a_frame_that_never_ends_is_text_at_the_end() -> None:
    assert split(b"\xa5\x5a\x00\x03\x00\x00\x10\x00cut")[0].text.endswith("cut\n")


def test_long_lines_are_split() -> None:
    size = limits.LOG_EVENT_BYTES
    for portions in ([b"x" * (2 * size + 5)], [b"x" * 1000] * (2 * size // 1000 + 1)):
        lines = split(*portions)
        assert [len(line.text) - 1 for line in lines[:2]] == [size, size]
        assert len(lines) == 3


def test_a_character_is_not_split() -> None:
    size = limits.LOG_EVENT_BYTES
    lines = split(b"x" * (size - 1) + "ü".encode() + b"y\n")
    assert [line.text for line in lines] == ["x" * (size - 1) + "\n", "üy\n"]


@given(
    parts=st.lists(
        st.one_of(
            st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1).map(
                lambda text: (text.encode() + b"\n", text)
            ),
            st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1).map(
                lambda text: (frame(text), text)
            ),
        )
    ),
    cuts=st.lists(st.integers(1, 40)),
)
def test_portions_do_not_matter(parts: list[tuple[bytes, str]], cuts: list[int]) -> None:
    data = b"".join(raw for raw, _ in parts)
    portions = []
    for cut in cuts:
        portions.append(data[:cut])
        data = data[cut:]
    assert [line.text for line in split(*portions, data)] == [text + "\n" for _, text in parts]
