"""What would make a life cycle safe, as far as it is known: proposals, and other configurations."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.verdict import Result, Verdict


@dataclass(frozen=True)
class Remedy:
    """A proposal with which a life cycle is safe, and the command that shows it.

    `is_proved` if that was proved in this very run, and not only stated by whoever wrote the proposal.
    """

    proposal: str
    title: str
    command: str
    is_proved: bool

    @property
    def sentence(self) -> str:
        """What the proposal does, and how that is known; without the command."""
        name = f"with the proposal `{self.proposal}`" + (f" ({self.title})" if self.title else "")
        return f"{name} it is {'proved safe' if self.is_proved else 'safe, as the file of the proposal states'}"


def elsewhere(result: Result) -> str:
    """Where the life cycle is proved safe as it is; empty if nothing was proved, or something is open."""
    if result.verdict is not Verdict.UNSAFE or not result.certificates or result.undecided or not result.condition.text:
        return ""
    return f"In configurations without `{result.condition.text}` it is proved safe as it is."
