"""`check-arch compare`: a model against a real kernel, by its type information or by its sources."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from modelcheck.cli.arguments import Output, add_output, output_of, parser_for
from modelcheck.cli.outputs import deliver
from modelcheck.cli.portable import from_here
from modelcheck.cli.reviewing import add_beside, repeated
from modelcheck.cli.trees import kernels_for, read_one
from modelcheck.report.formats.registry import NAMES, format_of
from modelcheck.report.json_report import dumps
from modelcheck.report.page import Line
from modelcheck.review.review import Review


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
    _deliver(
        options,
        lambda columns: [headline(found)] if quiet else report(found, everything=everything, columns=columns),
        lambda: dumps(comparison_object(found)),
        Review(
            subject=f"{' '.join(part for part in (found.unit, found.described) if part)} and {found.kernel}",
            base="",
            command=repeated("compare", words),
            alerts=drift_alerts(found, from_here(f"{loaded.file}:1:1")),
            rows=(),
            notes=found.notes,
            status=found.exit_status,
        ),
    )
    return found.exit_status


def _with_tree(options: CompareOptions, words: Sequence[str]) -> int:
    from modelcheck.report.tree_comparison import comparison_object, headline, report
    from modelcheck.review.drift import tree_drift_alerts
    from modelcheck.tree.compare import compare_tree
    from modelcheck.tree.files import Directory

    kernels = kernels_for(options.tree, [options.name], [options.kernel] if options.kernel else [])
    loaded = read_one(options.name, kernels[0] if kernels else "")
    found = compare_tree(loaded.unit, Directory(Path(options.tree)))
    quiet, everything = options.output.quiet, options.output.verbose
    _deliver(
        options,
        lambda columns: [headline(found)] if quiet else report(found, everything=everything, columns=columns),
        lambda: dumps(comparison_object(found)),
        Review(
            subject=f"{' '.join(part for part in (found.unit, found.described) if part)} and {found.tree}",
            base="",
            command=repeated("compare", words),
            alerts=tree_drift_alerts(found, from_here(f"{loaded.file}:1:1")),
            rows=(),
            notes=found.notes,
            status=found.exit_status,
        ),
    )
    return found.exit_status


def _deliver(
    options: CompareOptions, text: Callable[[int], Iterable[Line]], json: Callable[[], str], review: Review
) -> None:
    others = {name: partial(format_of(name).render, review) for name in NAMES if name not in ("text", "json")}
    deliver(options.output, text, json, others)
    add_beside([name for name, _ in options.output.formats], review, os.environ)
