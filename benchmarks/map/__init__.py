"""Measures the map beside other ways to draw one."""
