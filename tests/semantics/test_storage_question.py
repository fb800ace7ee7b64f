"""A question that many configurations were asked answers each as if it were the only one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.configurations.space import Case, Space
from modelcheck.configurations.split import split
from modelcheck.diagnostics import InputError
from modelcheck.model.program import Lifecycle
from modelcheck.model.unit import Unit
from modelcheck.resolve import load_text, load_unit
from modelcheck.semantics.storage import Storage, StorageQuestion, storage_in
from tests.semantics.models import case_of
from tests.semantics.test_storage import overlaid
from tests.strategies.lifecycles import models

ARCHS = Path(__file__).parents[2] / "archs"


def _answers_alike(unit: Unit, lifecycle: Lifecycle, seed: int) -> int:
    """Asks in a random order, everybody twice; returns how many different answers there were."""
    space = Space.of(unit)
    settings_there = [setting for setting, _ in split(space, lambda case: storage_in(lifecycle, case))]
    asked = StorageQuestion(lifecycle)
    order = settings_there * 2
    random.Random(seed).shuffle(order)
    found: list[Storage] = []
    for setting in order:
        storage = asked.ask(space.configuration(setting))
        assert storage == storage_in(lifecycle, space.configuration(setting))
        found.append(storage)
    return len(set(found))


@settings(deadline=None, max_examples=25)
@given(models(), st.integers(0, 9))
def test_random_models(text: str, seed: int) -> None:
    unit = load_text(text)
    for lifecycle in unit.lifecycles:
        _answers_alike(unit, lifecycle, seed)


@pytest.mark.parametrize("name", ["7.2/powerpc", "7.2/x86", "6.1/s390"])
def test_architectures(name: str) -> None:
    unit = load_unit(ARCHS / f"{name}.arch")
    assert max(_answers_alike(unit, lifecycle, 1) for lifecycle in unit.lifecycles) > 3


def test_the_same_symbols_are_asked_for_in_the_same_order() -> None:
    unit = load_unit(ARCHS / "7.2/powerpc.arch")
    lifecycle = unit.lifecycles[0]
    (target, *_) = Space.of(unit).targets
    asked = StorageQuestion(lifecycle)
    orders: list[list[str]] = []
    for question in (StorageQuestion(lifecycle), asked, asked):
        order: list[str] = []

        def ask(symbol: str, order: list[str] = order) -> bool:
            order.append(symbol)
            return symbol in ("64BIT", "PPC_BOOK3S_64", "SMP", "MMU")

        question.ask(Case(target.layouts, ask))
        orders.append(list(dict.fromkeys(order)))
    assert orders[0] == orders[1] == orders[2]
    assert orders[0]


def test_after_a_field_that_is_not_there_the_others_are_still_answered() -> None:
    unit = load_text(overlaid("write extra; if (A) write low;"))
    (lifecycle,) = unit.lifecycles
    asked = StorageQuestion(lifecycle)
    without, there = case_of(unit), case_of(unit, ["A"])
    for _ in range(2):
        with pytest.raises(InputError):
            asked.ask(without)
        assert asked.ask(there) == storage_in(lifecycle, there)
