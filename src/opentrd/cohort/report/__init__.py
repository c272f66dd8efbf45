"""The report of a population: one file, made of the sums and of nothing else."""
