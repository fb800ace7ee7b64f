"""What day it is, as far as waivers are concerned: the only place that asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from modelcheck.cli.arguments import UsageError


def today(environment: Mapping[str, str]) -> date:
    """The day in UTC; that of SOURCE_DATE_EPOCH (seconds since 1970) where the environment has it, for a run that can
    be repeated. Raises UsageError where that is no time.
    """
    given = environment.get("SOURCE_DATE_EPOCH")
    if not given:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(given), UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        hint = "seconds since 1970, or unset it"
        raise UsageError(f"SOURCE_DATE_EPOCH is `{given}`, which is no time", hint) from error
