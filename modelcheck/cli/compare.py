"""`check-arch compare`: a model against a real kernel, by its type information or by its sources."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelcheck.cli.arguments import Output, add_output, output_of, parser_for
from modelcheck.cli.portable import from_here
from modelcheck.cli.reviewing import deliver_review, repeated
from modelcheck.cli.trees import kernels_for, read_one
from modelcheck.report.formats.registry import NAMES
from modelcheck.report.json_report import dumps
from modelcheck.report.page import Line
from modelcheck.review.review import Review

if TYPE_CHECKING:
    from modelcheck.kernel.comparison import Comparison
    from modelcheck.review.alert import Alert
    from modelcheck.tree.compare import TreeComparison


@dataclass(frozen=True)
class CompareOptions:
    """`compare`. `btf` is a file with raw BTF or an ELF file with a `.BTF` section, `tree` a folder; one is empty."""

    name: str
    kernel: str
    btf: str
    output: Output
    tree: str = ""


def compare_options(arguments: Sequence[str]) -> CompareOptions:
    """Read the arguments of `compare`. Raises `UsageError`."""
    parser = parser_for("compare", "Compare a model with a real kernel, field by field.")
    parser.add_argument("name", metavar="ARCH", help="an architecture, or a file of the language")
    parser.add_argument("--kernel", default="", metavar="VERSION", help="kernel of the model (default: the newest)")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--running", action="store_true", help="the kernel that runs here: /sys/kernel/btf/vmlinux")
    which.add_argument("--btf", default="", metavar="FILE", help="a file with raw BTF, of any architecture")
    which.add_argument("--vmlinux", default="", metavar="FILE", help="an uncompressed vmlinux with a .BTF section")
    which.add_argument("--tree", default="", metavar="DIR", help="the sources of a kernel, in every configuration")
    add_output(parser, NAMES)
    found = parser.parse_intermixed_args(list(arguments))
    btf = "/sys/kernel/btf/vmlinux" if found.running else found.btf or found.vmlinux
    output = output_of(found, NAMES)
    return CompareOptions(name=found.name, kernel=found.kernel, btf=btf, output=output, tree=found.tree)


def run(words: Sequence[str]) -> int:
    """Run the command: 0 where the model describes the kernel, 5 (DRIFT) where it does not. Raises InputError."""
    options = compare_options(words)
    return _with_tree(options, words) if options.tree else _with_btf(options, words)


def _with_btf(options: CompareOptions, words: Sequence[str]) -> int:
    from modelcheck.kernel.compare import compare_unit
    from modelcheck.kernel.image import RUNNING, read_btf
    from modelcheck.report.comparison import comparison_object, headline, report
    from modelcheck.review.drift import drift_alerts

    loaded = read_one(options.name, options.kernel)
    release = platform.release() if Path(options.btf) == Path(RUNNING) else ""
    found = compare_unit(loaded.unit, read_btf(Path(options.btf)), release)
    quiet, everything = options.output.quiet, options.output.verbose
    return _deliver(
        options,
        words,
        found,
        found.kernel,
        drift_alerts(found, from_here(f"{loaded.file}:1:1")),
        lambda columns: [headline(found)] if quiet else report(found, everything=everything, columns=columns),
        lambda: dumps(comparison_object(found)),
    )


def _with_tree(options: CompareOptions, words: Sequence[str]) -> int:
    from modelcheck.report.tree_comparison import comparison_object, headline, report
    from modelcheck.review.drift import tree_drift_alerts
    from modelcheck.tree.compare import compare_tree
    from modelcheck.tree.files import Directory

    kernels = kernels_for(options.tree, [options.name], [options.kernel] if options.kernel else [])
    loaded = read_one(options.name, kernels[0] if kernels else "")
    found = compare_tree(loaded.unit, Directory(Path(options.tree)))
    quiet, everything = options.output.quiet, options.output.verbose
    return _deliver(
        options,
        words,
        found,
        found.tree,
        tree_drift_alerts(found, from_here(f"{loaded.file}:1:1")),
        lambda columns: [headline(found)] if quiet else report(found, everything=everything, columns=columns),
        lambda: dumps(comparison_object(found)),
    )


def _deliver(
    options: CompareOptions,
    words: Sequence[str],
    found: Comparison | TreeComparison,
    kernel: str,
    alerts: tuple[Alert, ...],
    text: Callable[[int], Iterable[Line]],
    json: Callable[[], str],
) -> int:
    """Write what was found in every format asked for; its exit status. `kernel` is what the model was compared with."""
    review = Review(
        subject=f"{' '.join(part for part in (found.unit, found.described) if part)} and {kernel}",
        base="",
        command=repeated("compare", words),
        alerts=alerts,
        rows=(),
        notes=found.notes,
        status=found.exit_status,
    )
    deliver_review(options.output, review, text, {"json": json})
    return found.exit_status
