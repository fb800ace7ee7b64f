"""Files that cannot be read, and those that can."""

from pathlib import Path

import pytest

from modelcheck.diagnostics import InputError
from modelcheck.syntax import read
from modelcheck.syntax.text import MAX_BYTES


def refused(path: Path) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        read(path)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, diagnostic.message


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere") == ("CA001", f"{tmp_path}/nowhere: no such file")
    assert refused(tmp_path) == ("CA001", f"{tmp_path}: is a directory")
    (tmp_path / "large").write_bytes(b"x" * (MAX_BYTES + 1))
    assert refused(tmp_path / "large") == ("CA003", f"{tmp_path}/large: is larger than 256 KiB")
    (tmp_path / "latin").write_bytes(b"// fine\n// \xe9\n")
    assert refused(tmp_path / "latin") == ("CA002", f"{tmp_path}/latin: is not UTF-8 (byte 0xe9 in line 2)")
    assert refused(Path("a\0b"))[0] == "CA001"


def test_a_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "marked").write_bytes(b"\xef\xbb\xbfconfig A;\r\n")
    assert read(tmp_path / "marked").text == "config A;\r\n"


def test_the_name_shown_may_be_another(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert read(tmp_path / "file", "shown").name == "shown"
