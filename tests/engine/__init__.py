"""The engine against the oracle, the litmus cases, planted bugs, and corrupted proofs."""
