"""The nouns: frozen values that every room shares. Imports `packaging` and nothing else."""
