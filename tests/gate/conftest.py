"""Scratch repositories, and the gate run in them with the engine itself."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modelcheck.cli import main

MODEL = """\
// A comment.
litmus "the last table of a page queues the rcu_head of the page";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
config SMP, MEMCG;

layout {
    typedef struct { int counter; } atomic_t;
    struct rcu_head { struct rcu_head *next; void (*func)(struct rcu_head *head); };
    struct page {
        unsigned long flags;
        union {
            struct rcu_head rcu_head;
            struct { unsigned long pad_1, pad_2; };
        };
        atomic_t count;
    };
}

lifecycle fragment on page level pte {
    tables 2;
    flag marked;
    counter count;
    create { alloc_page; count = TABLES; populate rest -> installed; } at "mm/frag.c:alloc"
    state installed { readers walker; unmap -> free_tlb; collapse -> free_defer; }
    path free_tlb [gather] { grace_period; goto release; } at "mm/frag.c:free_tlb"
    path free_defer [defer] { set_flag(marked); goto release; } at "mm/frag.c:free_defer"
    path release [release] {
        if (dec_and_test(count)) {
            if (test_clear_flag(marked)) call_rcu(rcu_head, free_now);
            else goto free_now;
        }
    } at "mm/frag.c:release"
    path free_now [free] { bug_on(count != 0); free_page; } at "mm/frag.c:free_now"
    reader walker rcu { touch_table; }
}

lifecycle plain on page level pgd {
    create { alloc_page; populate 1 -> installed; }
    state installed { unmap -> free; }
    path free { free_page; }
}
allocator { demands { !marked; } }
expect plain SAFE;
"""
DEFER = "path free_defer [defer] { set_flag(marked); goto release; }"
UNMARKED = MODEL.replace(DEFER, "path free_defer [defer] { goto release; }")
# The count lies where rcu_head.func is.
OVERLAID = MODEL.replace("unsigned long pad_1, pad_2; };", "unsigned long pad_1; atomic_t count; };").replace(
    "        atomic_t count;\n    };", "        unsigned int other;\n    };"
)


class Scratch:
    """A git repository with nothing in it that comes from the user's settings."""

    def __init__(self, top: Path) -> None:
        self.top = top
        top.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, given: bytes | None = None) -> str:
        ran = subprocess.run(["git", "-C", str(self.top), *words], input=given, capture_output=True, check=True)
        return ran.stdout.decode()

    def write(self, path: str, text: str) -> None:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(self, message: str = "a change", **files: str) -> str:
        """Write files (`a__b_c` is `a/b.c`), commit everything, and return the commit."""
        for name, text in files.items():
            self.write(named(name), text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def everything(self) -> dict[str, bytes]:
        """Every file of the repository and of its working tree."""
        return {str(p.relative_to(self.top)): p.read_bytes() for p in sorted(self.top.rglob("*")) if p.is_file()}


def named(name: str) -> str:
    folder, _, last = name.rpartition("__")
    return f"{folder.replace('__', '/')}/".lstrip("/") + ".".join(last.rsplit("_", 1))


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
        "SOURCE_DATE_EPOCH": "1780000000",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path / "repository")


@dataclass(frozen=True)
class Judged:
    """What the gate said: its status, its text, and its review as a program reads it ({} where there was none)."""

    status: int
    out: str
    err: str
    review: dict[str, Any]

    @property
    def alerts(self) -> list[tuple[str, ...]]:
        """Standing, kind, rule and path of everything that is not as in the base."""
        return sorted(
            (each["standing"], each["kind"], each["rule"], each["path"])
            for each in self.review["alerts"]
            if each["standing"] != "unchanged"
        )

    @property
    def checked(self) -> dict[str, tuple[str, str]]:
        """The verdicts before and now of the life cycles that were checked."""
        return {each["lifecycle"]: (each["base_verdict"], each["verdict"]) for each in self.review["lifecycles"]}

    @property
    def changes(self) -> set[tuple[str, ...]]:
        names = ("change", "struct", "field", "other", "before", "after")
        return {tuple(each[name] for name in names) for each in self.review["layout_changes"]}


Gate = Callable[..., Judged]


@pytest.fixture
def gate(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Gate:
    """Run the gate in the scratch repository, in this process."""

    def run(*words: str) -> Judged:
        monkeypatch.chdir(scratch.top)
        report = tmp_path / "review.json"
        report.unlink(missing_ok=True)
        capsys.readouterr()
        status = main(["gate", "-j", "0", "--format", "text", "--format", f"json:{report}", *words])
        said = capsys.readouterr()
        review = json.loads(report.read_text(encoding="utf-8"))["review"] if report.exists() else {}
        # Lines are as long as the names of folders are.
        return Judged(status, said.out, " ".join(said.err.split()), review)

    return run
