"""Indexes of words."""
