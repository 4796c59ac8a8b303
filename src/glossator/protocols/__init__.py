"""Other doors to the same rooms: the Model Context Protocol, and OpenAI's.

Whoever comes through one is the same caller as at /api, with the same sight of the books, the
same allowances and money, and the same sessions.
"""
