"""One file per format; each turns a source into `BookSource` values and reads nothing else."""
