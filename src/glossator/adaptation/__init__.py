"""The same chapter for this reader: retold for a level, translated, whole and checked."""
