"""What the author should know: what the books lack, and how well they are answered from."""
