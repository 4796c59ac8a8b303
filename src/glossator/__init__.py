"""Glossator turns books into a tutor."""

__version__ = "0.1.0"
