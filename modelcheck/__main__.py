"""`python -m modelcheck` is `check-arch`."""

from modelcheck.cli import run

if __name__ == "__main__":
    run()
