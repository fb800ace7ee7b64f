"""Where the data that comes with the program lies: architectures and grammars.

In a checkout they are top-level folders beside the package, where a reader looks for them; in an installed wheel
they are
inside the package, under `_data`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def data_folder(name: Literal["archs", "grammars"]) -> Path:
    """The folder of that name: the installed one if there is one, else the checkout's.

    Raises FileNotFoundError where the installation is incomplete.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_data" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"check-arch is not installed completely: its folder `{name}` is missing")
