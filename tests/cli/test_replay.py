"""From an answer to a saved trace to a replay, with the real interpreter."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import modelcheck.engine
from tests.cli import searching
from tests.cli.conftest import Said

Say = Callable[..., Said]

MODEL = """\
litmus "one link for several tables";
abi lp64 { byte_order little; char 1:1; short 2:2; int 4:4; long 8:8; long_long 8:8; pointer 8:8; }
use abi lp64;
const FRAGMENTS >= 1;
layout {
    struct callback_head { struct callback_head *next; void (*func)(struct callback_head *head); };
    struct page {
        unsigned long flags;
        union {
            struct callback_head rcu_head;
            struct { unsigned long pad, mapping; };
        };
        int count;
    };
}
lifecycle fragment "tables that share a page" on page level pte {
    tables FRAGMENTS;
    counter count;
    create { alloc_page; count = TABLES; populate rest -> installed; }
    state installed { unmap -> pte_free_defer; }
    path pte_free_defer { call_rcu(rcu_head, release); }       at "mm/example.c:pte_free_defer"
    path release { if (dec_and_test(count)) free_page; }       at "mm/example.c:release"
}
lifecycle overlay "a field over the link" on page level pte {
    create { alloc_page; write mapping; populate 1 -> installed; }
    state installed { unmap -> pte_free_defer; }
    path pte_free_defer { call_rcu(rcu_head, release); }       at "mm/example.c:pte_free_defer"
    path release { read mapping; free_page; }                  at "mm/example.c:release"
}
expect fragment UNSAFE OV103;
expect overlay UNSAFE OV101;
"""


@pytest.fixture
def saved(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(modelcheck.engine, "check", searching.check, raising=False)
    Path("model.litmus").write_text(MODEL, encoding="utf-8")
    return say("litmus", "model.litmus", "-j", "0", "--save-traces", "traces")


def trace(rule: str) -> str:
    (file,) = Path("traces").glob(f"*{rule}*.json")
    return str(file)


def test_saved_and_as_expected(saved: Said) -> None:
    assert saved.status == 0
    assert saved.out.endswith("1 case: all as expected\n")
    assert len(list(Path("traces").iterdir())) == 2


def test_a_replay_meets_the_hazard(say: Say, saved: Said) -> None:
    said = say("replay", trace("OV103"))
    assert said.status == 1
    assert said.out.startswith("OV103")
    assert "FRAGMENTS=2" in said.out
    assert "mm/example.c" in said.out


def test_the_bytes_are_drawn(say: Say, saved: Said) -> None:
    out = say("replay", trace("OV101")).out
    assert "page.mapping" in out
    assert "[next----------][func----------]" in out
    assert "^" * 16 in out


def test_every_byte_that_changes_hands_is_shown_when_all_is_wanted(say: Say, saved: Said) -> None:
    assert "owner of page.mapping: nobody ->" not in say("replay", trace("OV101")).out
    assert "owner of page.mapping: nobody ->" in say("replay", trace("OV101"), "-v").out


def test_how_it_is_avoided_and_where_it_was_shown(say: Say, saved: Said) -> None:
    out = say("replay", trace("OV103")).out
    assert "to avoid it: Let exactly one actor queue" in out
    assert ".config" not in out
    assert "#   FRAGMENTS = 2" in say("replay", trace("OV103"), "-v").out


def test_several_at_once_and_json(say: Say, saved: Said) -> None:
    said = say("replay", trace("OV101"), trace("OV103"), "--format", "json")
    assert [run["counterexample"]["hazard"]["rule"] for run in json.loads(said.out)["runs"]] == ["OV101", "OV103"]
    assert len(say("replay", trace("OV101"), trace("OV103"), "-q").out.splitlines()) == 2


def test_a_model_that_has_changed(say: Say, saved: Said) -> None:
    Path("model.litmus").write_text(MODEL.replace("write mapping; ", ""), encoding="utf-8")
    said = say("replay", trace("OV101"))
    assert said.status == 2
    assert said.err.startswith("error[CA607]")
    Path("model.litmus").write_text(MODEL.replace("lifecycle overlay", "lifecycle overlays"), encoding="utf-8")
    assert say("replay", trace("OV101")).status == 2


def test_another_model(say: Say, saved: Said) -> None:
    Path("model.litmus").rename("moved.litmus")
    assert say("replay", trace("OV103")).status == 2
    assert say("replay", trace("OV103"), "--model", "moved.litmus").status == 1


@pytest.mark.parametrize("text", ["", "{}", "[1", '{"schema": "check-arch/trace", "version": 99}'])
def test_what_is_no_trace(say: Say, saved: Said, text: str) -> None:
    Path("bad.json").write_text(text, encoding="utf-8")
    said = say("replay", "bad.json")
    assert said.status == 2
    assert said.err.startswith("error[CA50")


def test_no_file(say: Say, saved: Said) -> None:
    assert "cannot read `none.json`" in say("replay", "none.json").err
