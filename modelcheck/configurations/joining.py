"""Fewer settings for the same part of the space: two that differ in one symbol only are one without it."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.configurations.space import Setting


def joined(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """Settings that cover the same configurations, in a fixed order."""
    current = {(s.abi, frozenset(s.symbols)): None for s in settings}
    while True:
        merged: dict[tuple[str, frozenset[tuple[str, bool]]], None] = {}
        used: set[tuple[str, frozenset[tuple[str, bool]]]] = set()
        for key in current:
            if key in used:
                continue
            abi, symbols = key
            for name, value in sorted(symbols):
                twin = abi, symbols - {(name, value)} | {(name, not value)}
                if twin in current and twin not in used:
                    used.update((key, twin))
                    merged[abi, symbols - {(name, value)}] = None
                    break
        if not used:
            return tuple(Setting(abi, tuple(sorted(symbols))) for abi, symbols in current)
        merged.update((key, None) for key in current if key not in used)
        current = merged
