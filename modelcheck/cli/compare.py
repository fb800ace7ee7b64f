"""`check-arch compare`: a model against the type information of a real kernel."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from modelcheck.cli.options import compare_options
from modelcheck.cli.outputs import deliver
from modelcheck.cli.reading import read_one
from modelcheck.report.json_report import dumps


def run(words: Sequence[str]) -> int:
    """Run the command: 0 where the model describes the kernel, 5 (DRIFT) where it does not. Raises InputError."""
    options = compare_options(words)
    from modelcheck.kernel.compare import compare_unit
    from modelcheck.kernel.image import RUNNING, read_btf
    from modelcheck.report.comparison import comparison_object, headline, report

    unit = read_one(options.name, options.kernel).unit
    release = platform.release() if Path(options.btf) == Path(RUNNING) else ""
    found = compare_unit(unit, read_btf(Path(options.btf)), release)
    quiet, everything = options.output.quiet, options.output.verbose
    deliver(
        options.output,
        lambda columns: [headline(found)] if quiet else report(found, everything=everything, columns=columns),
        lambda: dumps(comparison_object(found)),
    )
    return found.exit_status
