"""Who is asking: users, their logins and tokens, and what a caller's role allows."""
