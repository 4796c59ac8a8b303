"""The outside world; the only room that knows a vendor's name."""
