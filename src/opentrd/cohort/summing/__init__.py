"""Sums of a population: lines of treatment, care gaps, attrition, comparisons; small counts hidden."""
