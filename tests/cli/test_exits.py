"""Which exit status wins."""

from __future__ import annotations

from modelcheck.cli.exits import worst


def test_the_order() -> None:
    order = [0, 6, 3, 4, 1, 5, 2, 70, 130]
    for index, status in enumerate(order):
        assert worst(order[: index + 1]) == status
        assert worst(reversed(order[: index + 1])) == status
    assert worst([]) == 0
