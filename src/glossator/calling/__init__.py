"""Asking language models: in which order, paid how, and left alone when."""
