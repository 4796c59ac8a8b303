"""Find the chunks that answer a question, and say how sure that is."""
