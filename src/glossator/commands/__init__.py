"""The command line's commands, a file per subject."""
