"""Linkage of any two files of persons by a model file that names their columns, comparisons and keys."""
