"""check-arch: may this field of `struct page` be overlaid here? Proved, or refuted with a counterexample."""

__version__ = "0.1.0"
