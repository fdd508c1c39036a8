"""Composite indicators: from a table and a tree of indicators to scores, ranks, their uncertainty and their audit."""
