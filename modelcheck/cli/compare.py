"""`check-arch compare`: a model against a real kernel, by its type information or by its sources."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modelcheck.cli.arguments import Output, add_output, output_of, parser_for
from modelcheck.cli.outputs import deliver
from modelcheck.cli.trees import kernels_for, read_one
from modelcheck.report.json_report import dumps


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
    add_output(parser)
    found = parser.parse_intermixed_args(list(arguments))
    btf = "/sys/kernel/btf/vmlinux" if found.running else found.btf or found.vmlinux
    return CompareOptions(name=found.name, kernel=found.kernel, btf=btf, output=output_of(found), tree=found.tree)


def run(words: Sequence[str]) -> int:
    """Run the command: 0 where the model describes the kernel, 5 (DRIFT) where it does not. Raises InputError."""
    options = compare_options(words)
    if options.tree:
        return _with_tree(options)
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


def _with_tree(options: CompareOptions) -> int:
    from modelcheck.report.tree_comparison import comparison_object, headline, report
    from modelcheck.tree.compare import compare_tree
    from modelcheck.tree.files import Directory

    kernels = kernels_for(options.tree, [options.name], [options.kernel] if options.kernel else [])
    found = compare_tree(read_one(options.name, kernels[0] if kernels else "").unit, Directory(Path(options.tree)))
    quiet, everything = options.output.quiet, options.output.verbose
    deliver(
        options.output,
        lambda columns: [headline(found)] if quiet else report(found, everything=everything, columns=columns),
        lambda: dumps(comparison_object(found)),
    )
    return found.exit_status
