"""Decides: conservation laws, reachability in {0, 1, many}, shortest concrete runs, and the answers made from them."""
