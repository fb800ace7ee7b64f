"""Entries that travel: packed into a file, asked for before one's own, and never a reason to fail."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.store import Folder, Layered, Nothing, Packed, pack

KEYS = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
ENTRIES = st.dictionaries(
    KEYS, st.recursive(st.integers() | st.text() | st.booleans(), lambda v: st.lists(v) | st.dictionaries(st.text(), v))
)
KEY = "ab" * 32


@settings(max_examples=25, deadline=None)
@given(entries=ENTRIES)
def test_what_was_packed_is_found_again(entries: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> None:
    top = tmp_path_factory.mktemp("packed")
    folder = Folder(top / "one")
    for key, entry in entries.items():
        folder.put(key, entry)
    pack(folder.path, top / "model.answers.xz")
    packed = Packed(top / "model.answers.xz")
    assert {key: packed.get(key) for key in entries} == entries
    assert packed.get("00" * 32 if "00" * 32 not in entries else "11" * 32) is None


def test_the_order_in_which_entries_came_does_not_show(tmp_path: Path) -> None:
    for name, keys in (("one", (KEY, "cd" * 32)), ("two", ("cd" * 32, KEY))):
        for key in keys:
            Folder(tmp_path / name).put(key, {"key": key})
        pack(tmp_path / name, tmp_path / f"{name}.xz")
    assert (tmp_path / "one.xz").read_bytes() == (tmp_path / "two.xz").read_bytes()


@pytest.mark.parametrize(
    "content",
    [b"", b"not packed", lzma.compress(b"no key and no entry"), lzma.compress(f"{KEY} {{".encode()),
     lzma.compress(f"{KEY} [1]\n".encode())[:-9], lzma.compress(b"\xff\xfe \xff\n")],
)  # fmt: skip
def test_a_damaged_file_gives_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.answers.xz").write_bytes(content)
    assert Packed(tmp_path / "model.answers.xz").get(KEY) is None


def test_no_file_gives_nothing(tmp_path: Path) -> None:
    assert Packed(tmp_path / "model.answers.xz").get(KEY) is None


def test_what_came_with_the_model_is_asked_first_and_stays_as_it_is(tmp_path: Path) -> None:
    Folder(tmp_path / "given").put(KEY, "given")
    pack(tmp_path / "given", tmp_path / "model.answers.xz")
    own = Folder(tmp_path / "own")
    own.put(KEY, "own")
    own.put("cd" * 32, "only own")
    both = Layered(Packed(tmp_path / "model.answers.xz"), own)
    assert (both.get(KEY), both.get("cd" * 32)) == ("given", "only own")
    assert own.get(KEY) == "own"
    both.drop(KEY)
    assert both.get(KEY) is None
    assert Packed(tmp_path / "model.answers.xz").get(KEY) == "given"


def test_who_collects_gets_a_copy_of_what_was_found(tmp_path: Path) -> None:
    Folder(tmp_path / "given").put(KEY, [1])
    pack(tmp_path / "given", tmp_path / "model.answers.xz")
    own = Folder(tmp_path / "own")
    assert Layered(Packed(tmp_path / "model.answers.xz"), own, copying=True).get(KEY) == [1]
    assert own.get(KEY) == [1]
    assert Layered(Nothing(), own, copying=True).get("cd" * 32) is None
