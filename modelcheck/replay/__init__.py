"""The interpreter that replays counterexamples: individual tables, actors and readers over real bytes, no solver.

It reads the resolved model and nothing of the engine, so that the two check each other.

`build_world` (or `world_of`, which lays out the structs too) gives a `World`; `World.initial()` its first `State`;
`enabled`, `apply` and `leak` go on from there; `replay` runs a schedule; `film` shows the page after each of its steps;
`to_json` and `from_json` save and load one.
"""

from modelcheck.replay.configured import world_of
from modelcheck.replay.frames import Film, Frame, Overlaid, film
from modelcheck.replay.legal import enabled, leak
from modelcheck.replay.moves import Outcome, apply
from modelcheck.replay.run import replay, replay_in
from modelcheck.replay.state import State
from modelcheck.replay.trace_file import Identification, from_json, to_json
from modelcheck.replay.world import ReplayError, World, build_world

__all__ = [
    "Film",
    "Frame",
    "Identification",
    "Outcome",
    "Overlaid",
    "ReplayError",
    "State",
    "World",
    "apply",
    "build_world",
    "enabled",
    "film",
    "from_json",
    "leak",
    "replay",
    "replay_in",
    "to_json",
    "world_of",
]
