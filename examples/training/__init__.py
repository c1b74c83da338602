"""Trains the example models and writes them as a Weir registry."""
