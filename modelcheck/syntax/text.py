"""Reads files into source texts."""

from __future__ import annotations

from pathlib import Path

from modelcheck.diagnostics import Diagnostic, InputError
from modelcheck.source import SourceText, Span

# The largest architecture has some tens of kilobytes. The limit keeps the time for any input below two seconds.
MAX_BYTES = 256 * 1024


def read(path: Path, name: str = "", origin: Span | None = None) -> SourceText:
    """The text of a file, without a byte order mark.

    `name` is shown to the user instead of the path; `origin` is the `include` that asked for the file. Raises
    `InputError` (CA001 to CA003) for a file that cannot be read, is not UTF-8 or is too large.
    """
    shown = name or str(path)
    try:
        if path.is_dir():
            raise _refused("CA001", f"{shown}: is a directory", origin)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refused("CA001", f"{shown}: no such file", origin) from None
    except OSError as error:
        raise _refused("CA001", f"{shown}: cannot be read ({error.strerror})", origin) from None
    except ValueError:
        raise _refused("CA001", f"{shown!r}: is not a file name", origin) from None
    if len(data) > MAX_BYTES:
        raise _refused("CA003", f"{shown}: is larger than {MAX_BYTES // 1024} KiB", origin)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{shown}: is not UTF-8 (byte 0x{data[error.start]:02x} in line {line})"
        raise _refused("CA002", message, origin) from None
    return SourceText(shown, text.removeprefix("\ufeff"))


def _refused(code: str, message: str, origin: Span | None) -> InputError:
    return InputError([Diagnostic(code, message, origin)])
