"""One file for each form of staging model: points, points for each trial, a ladder, durations, a count."""
