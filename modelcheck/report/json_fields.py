"""Values out of a JSON object, each with the type that is asked for; for CA608 see `json_reader`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn, TypeVar

from modelcheck.diagnostics import Diagnostic, InputError

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


@dataclass(frozen=True)
class Fields:
    """A JSON object, `where` in the file; everything taken out of it has the type that is asked for."""

    given: object
    where: str
    name: str

    @property
    def value(self) -> Mapping[str, object]:
        """The object itself. Raises InputError if it is none, as all the others do for what they do not find."""
        return self.given if isinstance(self.given, dict) else self.fail(f"{self.where} is not an object")

    def fail(self, message: str) -> NoReturn:
        """Say what is wrong with it."""
        raise InputError([Diagnostic("CA608", f"{self.name}: this is not the JSON report of a matrix: {message}")])

    def take(self, key: str, kind: type[T]) -> T:
        """The value of a key."""
        found = self.value.get(key)
        # For JSON, true is no number.
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            self.fail(f"`{self.where}.{key}` is missing or has another type")
        return found

    def text(self, key: str) -> str:
        """A string."""
        return self.take(key, str)

    def integer(self, key: str) -> int:
        """A whole number."""
        return self.take(key, int)

    def boolean(self, key: str) -> bool:
        """True or false."""
        return self.take(key, bool)

    def chosen(self, key: str, kind: type[E]) -> E:
        """One of the values of an enumeration."""
        text = self.text(key)
        found = next((each for each in kind if each.value == text), None)
        return found if found is not None else self.fail(f"`{self.where}.{key}` cannot be `{text}`")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        found = [each for each in self.take(key, list) if isinstance(each, str)]
        return tuple(found) if len(found) == len(self.take(key, list)) else self.fail(f"`{self.where}.{key}`")

    def object(self, key: str) -> Fields:
        """An object."""
        return Fields(self.take(key, dict), f"{self.where}.{key}", self.name)

    def maybe(self, key: str, read: Callable[[Fields], T]) -> T | None:
        """What is read from an object; None if it is null or missing."""
        return None if self.value.get(key) is None else read(self.object(key))

    def each(self, key: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
        """What is read from every object of a list."""
        found = self.take(key, list)
        return tuple(read(Fields(each, f"{self.where}.{key}[{i}]", self.name)) for i, each in enumerate(found))

    def pairs(self, key: str, kind: type[T]) -> tuple[tuple[str, T], ...]:
        """An object with values of one type."""
        inside = self.object(key)
        return tuple((name, inside.take(name, kind)) for name in inside.value)
