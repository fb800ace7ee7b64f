"""The judges: they accept what is proved and nothing else."""
